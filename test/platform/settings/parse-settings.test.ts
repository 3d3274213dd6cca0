import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "smol-toml";
import { describe, expect, test } from "vitest";
import {
  formatProblem,
  parseAccess,
  parseSettings,
  SETTING_NAMES,
} from "../../../src/platform/settings/parse-settings.ts";
import type { Settings } from "../../../src/core/settings.ts";

const folder = join(import.meta.dirname, "../../fixtures/settings");
const fixtures = await Promise.all(
  (await readdir(folder)).map(
    async (name) => [name.replace(".toml", ""), await readFile(join(folder, name), "utf8")] as const,
  ),
);

const AUDIENCE = "0123456789abcdef".repeat(4);
const LEAST = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };

/** The settings that these variables give. Fails where they are refused. */
function parsed(vars: Readonly<Record<string, unknown>> = {}): Settings {
  const result = parseSettings({ ...LEAST, ...vars });
  if (!result.ok) throw new Error(result.problems.map(formatProblem).join("\n"));
  return result.settings;
}

function problems(vars: Readonly<Record<string, unknown>>): string[] {
  const result = parseSettings(vars);
  return result.ok ? [] : result.problems.map(formatProblem);
}

describe("a mistake is told with name, value and hint, and all of them at once:", () => {
  // Each file begins with the problems it has, a comment line each.
  test.each(fixtures)("%s", (_name, toml) => {
    const expected = [...toml.matchAll(/^# (.*)$/gm)].map(([, line]) => line);
    expect(expected.length).toBeGreaterThan(0);
    expect(problems(parse(toml))).toEqual(expected);
  });

  test("no variables at all", () => {
    expect(problems({}).map((problem) => problem.split(".")[0])).toEqual([
      "SERVER_NAME is missing",
      "ALERT_CONTACT is missing",
      "MAIL_FROM is missing",
    ]);
  });
});

test("a problem is given in its parts, the value as JSON and shortened", () => {
  expect(parseSettings({ ...LEAST, PEERS: [{ url: "https://a.example/", admin: "x".repeat(200) }] })).toEqual(
    {
      ok: false,
      problems: [
        {
          name: "PEERS[0].admin",
          value: `"${"x".repeat(78)}…`,
          problem: "is not an email address",
          hint: `a list: [{ url = "https://checker.example.org/status", admin = "admin@example.org" }]`,
        },
      ],
    },
  );
});

const NO_PING_SECRET =
  "PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md";

describe("settings", () => {
  test("have defaults for all but three", () => {
    expect(parsed()).toEqual({
      serverName: "checker",
      pageTitle: "Status",
      alertContacts: ["ops@example.com"],
      mailFrom: "checker@example.com",
      mailLoopbackTo: "checker@example.com",
      peers: [],
      peerCheckEvery: "HOUR",
      noMail: false,
      bustThreading: false,
      staleAfterSeconds: 180,
      loopbackTimeoutSeconds: 600,
      maxMailsPerHour: 30,
      referenceTargets: [
        "https://www.google.com/generate_204",
        "https://www.apple.com/robots.txt",
        "https://www.wikipedia.org/robots.txt",
      ],
      gapAlertAfterSeconds: 600,
      flapping: { changes: 6, runs: 20 },
      plan: "free",
      sharding: { size: 30, inPlace: 12 },
      history: { rawDays: 7, hourlyDays: 90, dailyDays: 730 },
      pingProblem: NO_PING_SECRET,
      deadManUrl: null,
    });
  });

  test("are all taken as given", () => {
    const given = {
      SERVER_NAME: " checker-eu ",
      PAGE_TITLE: " Status of example.com ",
      ALERT_CONTACT: ["ops@example.com", "me@example.com"],
      MAIL_FROM: "checker@example.com",
      MAIL_LOOPBACK_TO: "mailbox@example.net",
      PEERS: [{ url: "http://peer.example:8787/status", admin: "admin@peer.example" }],
      PEER_CHECK_EVERY: "MINUTE",
      NO_MAIL: true,
      BUST_THREADING: true,
      STALE_AFTER_SECONDS: 60,
      MAX_MAILS_PER_HOUR: 1,
      REFERENCE_TARGETS: ["https://a.example/"],
      GAP_ALERT_AFTER_SECONDS: 120,
      FLAPPING_CHANGES: 3,
      FLAPPING_RUNS: 4,
      PLAN: "paid",
      SHARD_SIZE: 10,
      IN_PLACE_JOBS: 0,
      HISTORY_RAW_DAYS: 2,
      HISTORY_HOURLY_DAYS: "30",
      HISTORY_DAILY_DAYS: 3650,
      LOOPBACK_TIMEOUT_SECONDS: 3000,
      ACCESS_TEAM_DOMAIN: "myteam.cloudflareaccess.com",
      ACCESS_AUD: AUDIENCE,
    };
    expect(Object.keys(given)).toEqual(SETTING_NAMES);
    expect(parsed(given)).toEqual({
      serverName: "checker-eu",
      pageTitle: "Status of example.com",
      alertContacts: ["ops@example.com", "me@example.com"],
      mailFrom: "checker@example.com",
      mailLoopbackTo: "mailbox@example.net",
      peers: [{ url: "http://peer.example:8787/status", admin: "admin@peer.example" }],
      peerCheckEvery: "MINUTE",
      noMail: true,
      bustThreading: true,
      staleAfterSeconds: 60,
      loopbackTimeoutSeconds: 3000,
      maxMailsPerHour: 1,
      referenceTargets: ["https://a.example/"],
      gapAlertAfterSeconds: 120,
      flapping: { changes: 3, runs: 4 },
      plan: "paid",
      sharding: { size: 10, inPlace: 0 },
      history: { rawDays: 2, hourlyDays: 30, dailyDays: 3650 },
      pingProblem: NO_PING_SECRET,
      deadManUrl: null,
    });
  });

  test("fit shards to the plan", () => {
    expect(parsed({ PLAN: "paid" }).sharding).toEqual({ size: 50, inPlace: 12 });
  });

  test("stand beside bindings, secrets and the owner's own variables", () => {
    expect(parsed({ DB: {}, EMAIL: {}, ADMIN_TOKEN: "secret", MY_OWN: "x" })).toEqual(parsed());
  });

  test("hold no secret in what is told of them", () => {
    expect(JSON.stringify(parseSettings({ ADMIN_TOKEN: "secret" }))).not.toContain("secret");
  });
});

describe("a setting as text, as .dev.vars and the dashboard give it,", () => {
  test.each([
    ["true", true],
    ["1", true],
    ["false", false],
    ["0", false],
    ["", false],
  ])("is a flag in %j", (text, flag) => {
    expect(parsed({ NO_MAIL: text, BUST_THREADING: text })).toMatchObject({
      noMail: flag,
      bustThreading: flag,
    });
  });

  test("is a number", () => {
    expect(parsed({ STALE_AFTER_SECONDS: "300", LOOPBACK_TIMEOUT_SECONDS: " 60 " })).toMatchObject({
      staleAfterSeconds: 300,
      loopbackTimeoutSeconds: 60,
    });
  });

  test.each([
    ["ops@example.com", ["ops@example.com"]],
    [" ops@example.com , me@example.com ", ["ops@example.com", "me@example.com"]],
    [`["ops@example.com", "me@example.com"]`, ["ops@example.com", "me@example.com"]],
    [` [ " ops@example.com " ] `, ["ops@example.com"]],
  ])("is a list of addresses in %j", (text, addresses) => {
    expect(parsed({ ALERT_CONTACT: text }).alertContacts).toEqual(addresses);
  });

  test("names nobody twice", () => {
    const text = "ops@example.com, me@example.com,ops@example.com";
    expect(parsed({ ALERT_CONTACT: text }).alertContacts).toEqual(["ops@example.com", "me@example.com"]);
  });

  test("is a list of peers in JSON, and none in an empty text", () => {
    const text = `[{"url": " https://peer.example/status ", "admin": "admin@peer.example"}]`;
    expect(parsed({ PEERS: text }).peers).toEqual([
      { url: "https://peer.example/status", admin: "admin@peer.example" },
    ]);
    expect(parsed({ PEERS: " " }).peers).toEqual([]);
    expect(parsed({ PEERS: "[]" }).peers).toEqual([]);
  });

  test("names the place of a mistake in JSON as well", () => {
    const text = `[{"url": "https://a.example/", "admin": "a@a.example"}, {"url": "https://b.example/"}]`;
    expect(problems({ ...LEAST, PEERS: text }).map((problem) => problem.split(".")[0])).toEqual(["PEERS[1]"]);
  });
});

describe("Cloudflare Access", () => {
  const both = { ACCESS_TEAM_DOMAIN: "myteam.cloudflareaccess.com", ACCESS_AUD: AUDIENCE };

  test("is set up by a team's domain and an audience, in whatever letters", () => {
    const access = { teamDomain: "myteam.cloudflareaccess.com", audience: AUDIENCE };
    expect(parseAccess(both)).toEqual(access);
    const shouted = {
      ACCESS_TEAM_DOMAIN: " MyTeam.CloudflareAccess.com ",
      ACCESS_AUD: AUDIENCE.toUpperCase(),
    };
    expect(parseAccess(shouted)).toEqual(access);
    expect(problems({ ...LEAST, ...shouted })).toEqual([]);
  });

  test("is set up also when all other settings are wrong", () => {
    expect(parseAccess({ ...both, SERVER_NAME: 1, PEERS: "x" })).not.toBeNull();
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["neither is given", {}],
    ["the audience is missing", { ...both, ACCESS_AUD: undefined }],
    ["the domain is missing", { ...both, ACCESS_TEAM_DOMAIN: undefined }],
    ["the audience is empty", { ...both, ACCESS_AUD: "" }],
    ["the domain is empty", { ...both, ACCESS_TEAM_DOMAIN: "" }],
    ["the audience is a list", { ...both, ACCESS_AUD: [AUDIENCE] }],
    ["the audience is no tag", { ...both, ACCESS_AUD: AUDIENCE.slice(1) }],
    ["the domain is one that reads like it", { ...both, ACCESS_TEAM_DOMAIN: "myteam.cloudflareaccess.co" }],
    [
      "the domain goes on after it",
      { ...both, ACCESS_TEAM_DOMAIN: "myteam.cloudflareaccess.com.evil.example" },
    ],
    ["the domain ends like it", { ...both, ACCESS_TEAM_DOMAIN: "evilcloudflareaccess.com" }],
    ["the domain is a host of a host", { ...both, ACCESS_TEAM_DOMAIN: "a.b.cloudflareaccess.com" }],
    ["the domain has a path", { ...both, ACCESS_TEAM_DOMAIN: "evil.example/.cloudflareaccess.com" }],
    ["the domain has a user", { ...both, ACCESS_TEAM_DOMAIN: "evil.example@x.cloudflareaccess.com" }],
  ])("is closed while %s", (_name, vars) => {
    expect(parseAccess(vars)).toBeNull();
  });
});

describe("an address", () => {
  test.each(["a+b@example.com", "ops@sub.example.co.uk", "o'hara@example.com", "x@1.de"])(
    "is taken: %s",
    (address) => {
      expect(parsed({ MAIL_FROM: address }).mailFrom).toBe(address);
    },
  );

  test.each([
    "a@b@example.com",
    "a b@example.com",
    "@example.com",
    "a@",
    "a@example.",
    "a@.com.",
    "a,b@example.com",
    "<a@example.com>",
  ])("is refused: %s", (address) => {
    expect(problems({ ...LEAST, MAIL_FROM: address })).toHaveLength(1);
  });

  test("may be 254 characters long", () => {
    expect(parsed({ MAIL_FROM: `${"a".repeat(242)}@example.com` }).mailFrom).toHaveLength(254);
    expect(problems({ ...LEAST, MAIL_FROM: `${"a".repeat(243)}@example.com` })).toHaveLength(1);
  });
});

test("forty peers are taken", () => {
  const peers = Array.from({ length: 40 }, (_, i) => ({
    url: `https://n${i}.example/`,
    admin: "a@b.example",
  }));
  expect(parsed({ PEERS: peers }).peers).toEqual(peers);
});

test.each([
  ["STALE_AFTER_SECONDS", [60, 86_400]],
  ["LOOPBACK_TIMEOUT_SECONDS", [60, 3_000]],
] as const)("%s is taken at both its borders and refused beyond them", (name, [least, most]) => {
  for (const value of [least, most]) expect(problems({ ...LEAST, [name]: value })).toEqual([]);
  for (const value of [least - 1, most + 1, Infinity, NaN])
    expect(problems({ ...LEAST, [name]: value })).not.toEqual([]);
});
