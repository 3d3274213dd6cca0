import { beforeAll, describe, expect, test } from "vitest";
import type { Platform } from "../../src/platform/platform.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { createHttp } from "../../src/worker/http.ts";
import { lendTimingSafeEqual, nobodyActs } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";

const TOKEN = "a-secret-of-the-owner";
const DAY_MS = 86_400_000;

beforeAll(lendTimingSafeEqual);

/** A Checker over a database that cannot be asked: /sign-in says who is known, as it sends the owner on. */
function checker(vars: Readonly<Record<string, unknown>> = { ADMIN_TOKEN: TOKEN }, scheme = "https") {
  const clock = new FakeClock(1_800_000_000_000);
  const platform: Platform = { clock, random: new FakeRandom(), network: fakeNetwork() };
  const app = createHttp(platform, nobodyActs);
  const env: Bindings = { DB: {} as D1Database, EMAIL: {} as SendEmail, ...vars };
  const origin = `${scheme}://checker.example`;
  const request = (path: string, init: RequestInit = {}): Promise<Response> =>
    Promise.resolve(app.request(`${origin}${path}`, init, env));
  const send = (path: string, form: Readonly<Record<string, string>>, headers: HeadersInit = { origin }) =>
    request(path, { method: "POST", body: new URLSearchParams(form), headers });
  const knows = async (cookie: string): Promise<boolean> =>
    (await request("/sign-in", { headers: { cookie } })).status === 303;
  return { clock, request, send, knows };
}

function cookieOf(answer: Response): string {
  return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

describe("signing in", () => {
  test("takes the token, and gives a cookie that no script and no other site gets", async () => {
    const { send, knows } = checker();
    const answer = await send("/sign-in", { token: ` ${TOKEN} `, to: "/jobs/x?a=b" });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/jobs/x?a=b"]);
    const attributes = (answer.headers.get("set-cookie") ?? "").split("; ").slice(1).toSorted();
    expect(attributes).toEqual(["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Lax", "Secure"]);
    expect(cookieOf(answer)).toMatch(/^__Host-checker=/);
    expect(cookieOf(answer)).not.toContain(TOKEN);
    expect(await knows(cookieOf(answer))).toBe(true);
  });

  test("takes the token also where the secret ends in a line end", async () => {
    const { send, knows } = checker({ ADMIN_TOKEN: `${TOKEN}\r\n` });
    expect(await knows(cookieOf(await send("/sign-in", { token: TOKEN })))).toBe(true);
  });

  test("names a secret that nobody can send", async () => {
    const answer = await checker({ ADMIN_TOKEN: "\n" }).request("/sign-in");
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("ADMIN_TOKEN is nothing but white space; set it again to one line");
  });

  test("works over plain HTTP too, where a local Checker is", async () => {
    const { send, knows } = checker({ ADMIN_TOKEN: TOKEN }, "http");
    const answer = await send("/sign-in", { token: TOKEN });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^checker=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect(await knows(cookieOf(answer))).toBe(true);
  });

  test.each(["", "a-secret-of-the-owne", `${TOKEN}x`, TOKEN.toUpperCase()])("refuses %j", async (token) => {
    const answer = await checker().send("/sign-in", { token, to: "/jobs/x" });
    expect([answer.status, answer.headers.get("set-cookie")]).toEqual([401, null]);
    const page = await answer.text();
    expect(page).toContain("That is not this Checker&#39;s ADMIN_TOKEN.");
    expect(page).toContain(`value="/jobs/x"`);
  });

  test.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "/\t/evil.example",
    "/.//evil.example/x",
    "/a/..//evil.example",
    "javascript:alert(1)",
    "https://checker.invalid.evil.example/",
    "http://checker.invalid/",
  ])("leads nowhere but to this Checker: %j", async (to) => {
    const answer = await checker().send("/sign-in", { token: TOKEN, to });
    expect([answer.status, answer.headers.get("location")]).toEqual([
      303,
      expect.stringMatching(/^\/(?![/\\])/),
    ]);
    expect(answer.headers.get("location")).not.toContain("alert");
  });

  test("is not there where nobody is configured as the owner", async () => {
    const { request, send } = checker({});
    expect([(await request("/sign-in")).status, (await send("/sign-in", { token: "" })).status]).toEqual([
      404, 404,
    ]);
  });

  test("is tried ten times a minute from one address, then no more", async () => {
    const { send, clock } = checker();
    const from = (address: string, token = "wrong"): Promise<Response> =>
      send("/sign-in", { token }, { origin: "https://checker.example", "cf-connecting-ip": address });
    for (let tries = 0; tries < 10; tries++) expect((await from("192.0.2.1")).status).toBe(401);
    const refused = await from("192.0.2.1", TOKEN);
    expect([refused.status, refused.headers.get("retry-after"), refused.headers.get("set-cookie")]).toEqual([
      429,
      "60",
      null,
    ]);
    expect(await refused.text()).toContain("Too many tries. Wait a minute, then try again.");
    expect((await from("192.0.2.2", TOKEN)).status).toBe(303);
    clock.ms += 60_000;
    expect((await from("192.0.2.1", TOKEN)).status).toBe(303);
  });

  test("counts all addresses of one IPv6 network as one", async () => {
    const { send } = checker();
    const from = (address: string): Promise<Response> =>
      send(
        "/sign-in",
        { token: "wrong" },
        { origin: "https://checker.example", "cf-connecting-ip": address },
      );
    for (let host = 0; host < 10; host++) await from(`2001:db8:0:1:${host}::1`);
    expect((await from("2001:db8:0:1::9")).status).toBe(429);
    expect((await from("2001:db8::1:2:3:4:5")).status).toBe(401);
  });

  test("is counted by Cloudflare where it counts", async () => {
    const keys: string[] = [];
    const SIGN_INS = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) < 2 }) };
    const { send } = checker({ ADMIN_TOKEN: TOKEN, SIGN_INS });
    const headers = { origin: "https://checker.example", "cf-connecting-ip": "192.0.2.1" };
    expect((await send("/sign-in", { token: TOKEN }, headers)).status).toBe(303);
    expect((await send("/sign-in", { token: TOKEN }, headers)).status).toBe(429);
    expect(keys).toEqual(["192.0.2.1", "192.0.2.1"]);
  });
});

describe("a session", () => {
  test("lasts thirty days", async () => {
    const { send, knows, clock } = checker();
    const cookie = cookieOf(await send("/sign-in", { token: TOKEN }));
    clock.ms += 30 * DAY_MS - 1;
    expect(await knows(cookie)).toBe(true);
    clock.ms += 1;
    expect(await knows(cookie)).toBe(false);
  });

  test("ends when its owner signs out, in this browser", async () => {
    const { send } = checker();
    const answer = await send("/sign-out", {});
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/"]);
    expect(answer.headers.get("set-cookie")).toMatch(/^__Host-checker=; Max-Age=0; /);
  });

  test("ends with the token that signed it", async () => {
    const cookie = cookieOf(await checker().send("/sign-in", { token: TOKEN }));
    expect(await checker({ ADMIN_TOKEN: "another" }).knows(cookie)).toBe(false);
    expect(await checker({}).knows(cookie)).toBe(false);
  });

  test("is no one else's: without a signature, with another, of another time, or under another name", async () => {
    const { send, knows } = checker();
    const cookie = cookieOf(await send("/sign-in", { token: TOKEN }));
    const [, value = ""] = cookie.split("=");
    const [untilMs = "", signature = ""] = decodeURIComponent(value).split(".");
    expect(await knows(cookie)).toBe(true);
    const forged = (text: string): Promise<boolean> => knows(`__Host-checker=${encodeURIComponent(text)}`);
    expect(await forged(`${untilMs}.${signature}`)).toBe(true);
    for (const text of [
      untilMs,
      `${untilMs}.`,
      `${Number(untilMs) + 1}.${signature}`,
      `${untilMs}.${signature.replace(/^./, (first) => (first === "A" ? "B" : "A"))}`,
    ])
      expect([text, await forged(text)]).toEqual([text, false]);
    expect(await knows(`checker=${value}`)).toBe(false);
  });
});

describe("a form that another site sends", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["by its origin", { origin: "https://evil.example" }],
    ["by an origin that is hidden", { origin: "null" }],
    ["without an origin", {}],
    ["by what the browser says", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["from a sister domain", { origin: "https://sub.checker.example", "sec-fetch-site": "same-site" }],
  ])("is refused: %s", async (_how, headers) => {
    for (const path of ["/sign-in", "/sign-out"]) {
      const answer = await checker().send(path, { token: TOKEN }, headers);
      expect([answer.status, await answer.text(), answer.headers.get("set-cookie")]).toEqual([
        403,
        "Refused: this was not sent by a page of this Checker\n",
        null,
      ]);
    }
  });

  test("is ours where the browser says so, whatever a proxy made of the address", async () => {
    const headers = { origin: "http://localhost:8787", "sec-fetch-site": "same-origin" };
    expect((await checker().send("/sign-in", { token: TOKEN }, headers)).status).toBe(303);
  });
});
