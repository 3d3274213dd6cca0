import { describe, expect, test } from "vitest";
import { parseAccess, parseSettings } from "../../../src/platform/settings/parse-settings.ts";
import {
  adminToken,
  adminTokenProblem,
  parseDeadManUrl,
  pingProblem,
  pingSecrets,
} from "../../../src/platform/settings/secrets.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const BEFORE = "fedcba9876543210fedcba9876543210";

describe("the secrets of pings", () => {
  test.each<[object, readonly string[]]>([
    [{}, []],
    [{ PING_SECRET: "" }, []],
    [{ PING_SECRET: SECRET.slice(1) }, []],
    [{ PING_SECRET: 12_345 }, []],
    [{ PING_SECRET: SECRET }, [SECRET]],
    [{ PING_SECRET: SECRET, PING_SECRET_PREVIOUS: BEFORE }, [SECRET, BEFORE]],
    [{ PING_SECRET: SECRET, PING_SECRET_PREVIOUS: "short" }, [SECRET]],
    [{ PING_SECRET: "short", PING_SECRET_PREVIOUS: BEFORE }, []],
    // ADMIN_TOKEN opens everything, and a ping's address stands in the crontabs of others: it is none of them.
    [{ ADMIN_TOKEN: SECRET }, []],
  ])("of %j are %j", (env, secrets) => {
    expect(pingSecrets(env as Record<string, unknown>)).toEqual(secrets);
  });

  test.each([
    [
      undefined,
      "PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md",
    ],
    [
      "",
      "PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md",
    ],
    [
      "abc",
      "PING_SECRET is shorter than 32 characters, so no address is made from it; set a longer one: docs/guides/heartbeats.md",
    ],
    [
      7,
      "PING_SECRET is shorter than 32 characters, so no address is made from it; set a longer one: docs/guides/heartbeats.md",
    ],
    [SECRET, null],
  ])("%j: %s", (PING_SECRET, problem) => {
    expect(pingProblem({ PING_SECRET })).toBe(problem);
  });

  test.each(["\n", "\r\n", " ", "\t", "\u00a0", "\ufeff", "\n\n"])(
    "are the same with %j around them",
    (white) => {
      const env = { PING_SECRET: `${white}${SECRET}${white}`, PING_SECRET_PREVIOUS: `${BEFORE}${white}` };
      expect(pingSecrets(env)).toEqual([SECRET, BEFORE]);
      expect(pingProblem(env)).toBeNull();
      expect(pingProblem({ PING_SECRET: white.repeat(40) })).toMatch(/^PING_SECRET is not set,/);
      expect(pingProblem({ PING_SECRET: `${"x".repeat(31)}${white}` })).toMatch(
        /^PING_SECRET is shorter than 32/,
      );
    },
  );

  test("stand in no settings, but only what is wrong with them", () => {
    const env = {
      SERVER_NAME: "x",
      ALERT_CONTACT: "ops@example.com",
      MAIL_FROM: "x@example.com",
      PING_SECRET: SECRET,
    };
    const parsed = parseSettings(env);
    expect(parsed).toMatchObject({ ok: true, settings: { pingProblem: null } });
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });
});

describe("ADMIN_TOKEN", () => {
  const hint = "set it again to one line of text: npx wrangler secret put ADMIN_TOKEN";

  test.each([
    [undefined, null],
    ["", null],
    ["token", "token"],
    ["token\n", "token"],
    ["\ufeff token\r\n", "token"],
    ["two words\u00a0", "two words"],
  ])("%j is %j", (ADMIN_TOKEN, token) => {
    expect(adminToken({ ADMIN_TOKEN })).toBe(token);
    expect(adminTokenProblem({ ADMIN_TOKEN })).toBeNull();
  });

  test.each<[unknown, string]>([
    [" \n", `ADMIN_TOKEN is nothing but white space; ${hint}`],
    [7, `ADMIN_TOKEN is not a text; ${hint}`],
    [
      "one\ntwo",
      `ADMIN_TOKEN holds a line end or another control character, which no request can carry; ${hint}`,
    ],
    ...["пароль-пароль-пароль", "ärger-mit-umlauten", "half\ud800"].map((token): [string, string] => [
      token,
      `ADMIN_TOKEN holds a character that is not ASCII, which not every program can send in a header; ${hint}`,
    ]),
  ])("%j opens nothing, and is named", (ADMIN_TOKEN, problem) => {
    expect(adminToken({ ADMIN_TOKEN })).toBeNull();
    expect(adminTokenProblem({ ADMIN_TOKEN })).toBe(problem);
  });
});

test.each(["\n", "\r\n", " ", "\u00a0", "\ufeff"])("every setting that is a text may end in %j", (white) => {
  const texts = {
    SERVER_NAME: "x",
    PAGE_TITLE: "Status",
    ALERT_CONTACT: "ops@example.com",
    MAIL_FROM: "x@example.com",
    MAIL_LOOPBACK_TO: "x@example.com",
    PEERS: `[{"url": "https://peer.example/status", "admin": "ops@example.com"}]`,
    PEER_CHECK_EVERY: "HOUR",
    NO_MAIL: "true",
    BUST_THREADING: "0",
    STALE_AFTER_SECONDS: "180",
    REFERENCE_TARGETS: "https://www.example.com/",
    PLAN: "paid",
    SHARD_SIZE: "7",
    ACCESS_TEAM_DOMAIN: "team.cloudflareaccess.com",
    ACCESS_AUD: "0".repeat(64),
    PING_SECRET: SECRET,
    DEAD_MAN_URL: "https://hc-ping.example/uuid",
  };
  const ending = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, text + white]));
  const parsed = parseSettings(ending);
  expect(parsed).toEqual(parseSettings(texts));
  expect(parsed.ok).toBe(true);
  expect(parseAccess(ending)).toEqual(parseAccess(texts));
});

describe("the address of a dead man's switch", () => {
  const settings = { SERVER_NAME: "x", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "x@example.com" };

  test.each([
    [undefined, null],
    ["", null],
    ["  ", null],
    ["https://hc-ping.example/uuid", "https://hc-ping.example/uuid"],
    [
      " https://push.example/api/push/key?status=up&msg=OK ",
      "https://push.example/api/push/key?status=up&msg=OK",
    ],
    ["http://127.0.0.1:3001/api/push/key", "http://127.0.0.1:3001/api/push/key"],
  ])("%j is taken as %j", (DEAD_MAN_URL, address) => {
    expect(parseDeadManUrl({ DEAD_MAN_URL })).toBe(address);
    expect(parseSettings({ ...settings, DEAD_MAN_URL })).toMatchObject({
      ok: true,
      settings: { deadManUrl: address },
    });
  });

  test.each([
    ["secret-uuid", "is not an address"],
    ["hc-ping.example/secret-uuid", "is not an address"],
    ["https://hc-ping.example/secret-\nuuid", "holds white space"],
    ["https://hc-ping.example/secret- uuid", "holds white space"],
    ["http://hc-ping.example/secret-uuid", "does not begin with https://"],
    ["ftp://127.0.0.1/secret-uuid", "does not begin with https://"],
    ["https://me:secret-word@hc-ping.example/", "holds a user or a password"],
    [
      "https://*.hc-ping.example/secret-uuid",
      "has a host that is a wildcard, which stands for no single host",
    ],
    [["https://hc-ping.example/secret-uuid"], "is not a text"],
  ])("%j %s, and is not shown", (DEAD_MAN_URL, problem) => {
    const parsed = parseSettings({ ...settings, DEAD_MAN_URL });
    const hint =
      "the https address that the service shows, set by npx wrangler secret put DEAD_MAN_URL: docs/guides/dead-mans-switch.md";
    expect(parsed).toEqual({ ok: false, problems: [{ name: "DEAD_MAN_URL", value: "", problem, hint }] });
    expect(JSON.stringify(parsed)).not.toContain("secret-");
  });

  test("that is wrong is told beside what else is wrong", () => {
    const parsed = parseSettings({ ...settings, MAIL_FROM: "nobody", DEAD_MAN_URL: "x" });
    expect(parsed.ok ? [] : parsed.problems.map(({ name }) => name)).toEqual(["MAIL_FROM", "DEAD_MAN_URL"]);
  });
});
