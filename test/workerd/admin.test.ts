import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ACCESS, hs256, seconds, signingKey } from "../support/fakes/access-team.ts";
import { expectSecurityHeaders, SECURITY_HEADERS } from "../support/api/security-headers.ts";
import { answer, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";

const key = signingKey("k1");
const stranger = signingKey("k1");
const CERTS = `/${ACCESS.teamDomain}/cdn-cgi/access/certs`;

let access: HttpTarget;

beforeAll(async () => {
  access = await startHttpTarget();
});

beforeEach(() => {
  access.set(CERTS, answer(200, JSON.stringify({ keys: [key.jwk] }), { "content-type": "application/json" }));
});

afterEach(() => access.reset());
afterAll(() => access.close());

const BOTH = { ACCESS_TEAM_DOMAIN: ACCESS.teamDomain, ACCESS_AUD: ACCESS.audience };
const main = "test/support/worker/access.ts";

const suite = useWorkers(() => [
  { name: "either", main, vars: { ...BOTH, ADMIN_TOKEN, ACCESS_SERVER: access.url } },
  { name: "access", main, vars: { ...BOTH, ACCESS_SERVER: access.url } },
  { name: "token", main, vars: { ADMIN_TOKEN, ACCESS_SERVER: access.url } },
  { name: "invalid", main, vars: { ...BOTH, ALERT_CONTACT: "nobody", ACCESS_SERVER: access.url } },
  // Half a setting opens nothing.
  {
    name: "half",
    main,
    vars: { ACCESS_TEAM_DOMAIN: ACCESS.teamDomain, ACCESS_SERVER: access.url },
    migrated: false,
  },
  { name: "down", main, vars: { ...BOTH, ACCESS_SERVER: "http://127.0.0.1:1" }, migrated: false },
]);

type Sent = Readonly<Record<string, string>>;

const bearer = (token: string): Sent => ({ authorization: `Bearer ${token}` });
const vouched = (assertion: string): Sent => ({ "cf-access-jwt-assertion": assertion });

/** What the report answers: its status, and its text where it is none. Every answer has every security header. */
async function ask(name: string, headers: Sent = {}): Promise<string> {
  const response = await suite.checker(name).fetch("/admin/report", { headers });
  expectSecurityHeaders(response.headers);
  const body = await response.text();
  return response.status === 200 ? "200" : `${response.status} ${body.trim()}`;
}

const OPEN = "200";
const CLOSED = "401 Unauthorized";
const ABSENT = "404 Not found";

describe("the report is open to the owner", () => {
  test("by the token alone, by Access alone, or by either", async () => {
    expect(await ask("token", bearer(ADMIN_TOKEN))).toBe(OPEN);
    expect(await ask("access", vouched(key.assertion()))).toBe(OPEN);
    expect(await ask("either", bearer(ADMIN_TOKEN))).toBe(OPEN);
    expect(await ask("either", vouched(key.assertion()))).toBe(OPEN);
  });

  test("by either of them while the other is wrong", async () => {
    expect(await ask("either", { ...bearer("wrong"), ...vouched(key.assertion()) })).toBe(OPEN);
    expect(await ask("either", { ...bearer(ADMIN_TOKEN), ...vouched(stranger.assertion()) })).toBe(OPEN);
  });

  test("by the token without a question to Access", async () => {
    expect(await ask("either", { ...bearer(ADMIN_TOKEN), ...vouched(signingKey("k9").assertion()) })).toBe(
      OPEN,
    );
    expect(access.requests).toEqual([]);
  });

  test("by Access also while other settings are invalid, of which the report tells", async () => {
    const headers = vouched(key.assertion());
    const report = await suite.checker("invalid").fetch("/admin/report", { headers });
    expect(await report.json()).toMatchObject({
      status: { status: "JobProblem", reason: "settings are invalid" },
    });
  });
});

describe("the report is closed", () => {
  test("to who shows nothing", async () => {
    for (const name of ["token", "access", "either"]) expect(await ask(name)).toBe(CLOSED);
  });

  test("to an assertion where Access is not set up, or in half", async () => {
    expect(await ask("token", vouched(key.assertion()))).toBe(CLOSED);
    expect(await ask("half", vouched(key.assertion()))).toBe(ABSENT);
    expect(access.requests).toEqual([]);
  });

  test("to a token where none is set", async () => {
    for (const token of [ADMIN_TOKEN, "undefined", "null", ""]) {
      expect(await ask("access", bearer(token))).toBe(CLOSED);
      expect(await ask("half", bearer(token))).toBe(ABSENT);
    }
  });

  test("to an assertion that comes as a bearer token, or as a cookie of another name", async () => {
    expect(await ask("access", bearer(key.assertion()))).toBe(CLOSED);
    expect(await ask("access", { cookie: `authorization=${key.assertion()}` })).toBe(CLOSED);
    expect(await ask("access", { cookie: `CF_Authorization=${stranger.assertion()}` })).toBe(CLOSED);
  });

  test.each<[string, () => string]>([
    ["nothing in it", () => ""],
    ["a word", () => "letmein"],
    ["a stranger's signature", () => stranger.assertion()],
    ["no algorithm and no signature", () => key.forged({ alg: "none" })],
    ["the public key for a password", () => key.forged({ alg: "HS256" }, hs256(JSON.stringify(key.jwk)))],
    ["an end that is past", () => key.assertion({ exp: seconds(-1) })],
    ["a beginning that is to come", () => key.assertion({ nbf: seconds(60), iat: seconds(60) })],
    ["no end", () => key.assertion({ exp: undefined })],
    ["another application", () => key.assertion({ aud: ["f".repeat(64)] })],
    ["another team", () => key.assertion({ iss: "https://other.cloudflareaccess.com" })],
    ["two assertions", () => `${key.assertion()}, ${key.assertion()}`],
  ])("to an assertion with %s", async (_what, assertion) => {
    expect(await ask("access", vouched(assertion()))).toBe(CLOSED);
    expect(await ask("either", vouched(assertion()))).toBe(CLOSED);
  });

  test("while the keys of Access cannot be had, with an answer that says so", async () => {
    const refused = "503 Cannot tell at present who you are";
    expect(await ask("down", vouched(key.assertion()))).toBe(refused);
    const { headers } = await suite
      .checker("down")
      .fetch("/admin/report", { headers: vouched(key.assertion()) });
    expect(headers.get("retry-after")).toBe("30");
    // What cannot be an assertion is not worth a question.
    expect(await ask("down", vouched("letmein"))).toBe(CLOSED);
  });
});

describe("the log", () => {
  test("says why an assertion was refused or could not be checked, and holds no part of it", async () => {
    const refused = [stranger.assertion(), key.assertion({ exp: seconds(-1) }), key.forged({ alg: "none" })];
    for (const assertion of refused) await ask("access", vouched(assertion));
    const unchecked = key.assertion();
    await ask("down", vouched(unchecked));
    const logs = suite.logs();
    for (const reason of ["its signature is wrong", "it has expired", "it is none of Cloudflare Access"]) {
      expect(logs).toContain(`an assertion of Cloudflare Access was refused: ${reason}`);
    }
    expect(logs).toContain("Cloudflare Access cannot be asked who a request is from: ");
    const parts = [...refused, unchecked]
      .flatMap((assertion) => assertion.split("."))
      .filter((part) => part !== "");
    expect(parts.filter((part) => logs.includes(part))).toEqual([]);
    expect(logs).not.toMatch(/owner@|a-secret/);
  });
});

describe("an absurd request, byte for byte,", () => {
  /** What comes back over a connection of its own until it is closed. */
  async function send(bytes: string): Promise<string> {
    const { hostname, port } = new URL(suite.url);
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(5_000, () => socket.destroy());
    socket.write(bytes);
    return text(socket);
  }

  const get = (line: string, ...headers: readonly string[]): string =>
    [line, "Host: checker.example", "Connection: close", ...headers, "", ""].join("\r\n");

  test.each<[string, string, number]>([
    ["two slashes", get("GET //status HTTP/1.1"), 404],
    ["another host as a path", get("GET //evil.example/status HTTP/1.1"), 404],
    ["a whole address as its path", get("GET http://evil.example/status HTTP/1.1"), 200],
    ["a broken escape", get("GET /%zz%ff%00 HTTP/1.1"), 404],
    ["a path up and out", get("GET /../../admin/report HTTP/1.1"), 401],
    ["a method of another protocol", get("PROPFIND /status HTTP/1.1"), 405],
    ["12 KB of path", get(`GET /${"a/".repeat(6_000)} HTTP/1.1`), 404],
    ["a query of 12 KB", get(`GET /status?${"a=b&".repeat(3_000)} HTTP/1.1`), 200],
    ["a body that nobody asked for", get("POST /status HTTP/1.1", "Content-Length: 3").concat("abc"), 405],
    ["a header that has every letter", get("GET /status HTTP/1.1", "X-Odd: \u00ff\u0080\t;,=(){}[]<>"), 200],
    ["a line end in its path", get("GET /status%0d%0aX-Injected:%20yes HTTP/1.1"), 404],
    ["a line end in its token", get("GET /admin/report HTTP/1.1", "Authorization: Bearer a%0d%0ab"), 401],
    [
      "two tokens",
      get("GET /admin/report HTTP/1.1", "Authorization: Bearer a", "Authorization: Bearer b"),
      401,
    ],
  ])(
    "with %s gets an answer with every security header, and nothing of its own",
    async (_what, bytes, status) => {
      const received = await send(bytes);
      const [head = ""] = received.split("\r\n\r\n");
      const [line, ...headers] = head.split("\r\n");
      expect(line).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const found = headers.map((header) => header.toLowerCase());
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
        expect(found).toContain(`${name}: ${value}`.toLowerCase());
      }
      expect(received.toLowerCase()).not.toContain("injected");
      expect(received).not.toContain("evil.example");
    },
  );
});
