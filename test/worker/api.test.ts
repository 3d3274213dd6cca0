import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { Platform } from "../../src/platform/platform.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { createHttp } from "../../src/worker/http.ts";
import { lendTimingSafeEqual, nobodyActs } from "../support/fakes/http.ts";
import { ACCESS } from "../support/fakes/access-team.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { sqliteD1 } from "../support/d1/sqlite.ts";

const TOKEN = "a-secret-of-the-owner";
const VARS = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };
const ROOT = "https://checker.example";

beforeAll(lendTimingSafeEqual);

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A Checker that has not run yet. */
function checker(vars: Readonly<Record<string, unknown>> = { ADMIN_TOKEN: TOKEN }) {
  const clock = new FakeClock(1_800_000_000_000);
  const platform: Platform = { clock, random: new FakeRandom(), network: fakeNetwork() };
  const app = createHttp(platform, nobodyActs);
  const env: Bindings = { DB: sqliteD1(), EMAIL: {} as SendEmail, ...VARS, ...vars };
  const ask = (path: string, headers: Readonly<Record<string, string>> = {}, method = "GET") =>
    Promise.resolve(app.request(`${ROOT}${path}`, { method, headers }, env));
  const cookie = async (): Promise<string> => {
    const body = new URLSearchParams({ token: TOKEN });
    const init = { method: "POST", body, headers: { origin: ROOT } };
    const answer = await app.request(`${ROOT}/sign-in`, init, env);
    return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  return { ask, clock, cookie, app };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function problemOf(answer: Response) {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  const { type, title, status, detail } = await answer.json<Record<string, unknown>>();
  expect(status).toBe(answer.status);
  return [status, type, title, detail];
}

const PRIVATE = ["/peers", "/ticks", "/gaps", "/outbox"];

describe("what is for the owner alone", () => {
  test.each(PRIVATE)("is refused to who does not say who he is: %s", async (path) => {
    const answer = await checker().ask(`/api/v1${path}`);
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
    expect(await problemOf(answer)).toEqual([
      401,
      "/api/v1/problems#unauthorized",
      "For the owner alone",
      `/api/v1${path} is for the owner. Send the header Authorization: Bearer ADMIN_TOKEN.`,
    ]);
  });

  test.each(PRIVATE)("is given to who has the token, or a session: %s", async (path) => {
    const { ask, cookie } = checker();
    expect((await ask(`/api/v1${path}`, bearer(TOKEN))).status).toBe(200);
    expect((await ask(`/api/v1${path}`, { cookie: await cookie() })).status).toBe(200);
  });

  test.each(["\n", "\r\n", " ", "\ufeff"])("is given also where the secret ends in %j", async (white) => {
    const { ask } = checker({ ADMIN_TOKEN: TOKEN + white });
    expect((await ask("/api/v1/incidents", bearer(TOKEN))).status).toBe(200);
    expect((await ask("/api/v1/incidents", bearer(`${TOKEN}x`))).status).toBe(401);
  });

  test("is given to a token of several words", async () => {
    const { ask } = checker({ ADMIN_TOKEN: "two words" });
    expect((await ask("/api/v1/incidents", bearer("two words"))).status).toBe(200);
  });

  test("names a secret that nobody can send", async () => {
    const [status, , , detail] = await problemOf(
      await checker({ ADMIN_TOKEN: "one\ntwo" }).ask(`/api/v1${PRIVATE[0]}`),
    );
    expect([status, detail]).toEqual([
      404,
      `/api/v1${PRIVATE[0]} is for the owner. ADMIN_TOKEN holds a line end or another control character, which no request can carry; set it again to one line of text: npx wrangler secret put ADMIN_TOKEN.`,
    ]);
  });

  test.each(PRIVATE)("is not there where nobody can be known: %s", async (path) => {
    expect(await problemOf(await checker({}).ask(`/api/v1${path}`))).toEqual([
      404,
      "/api/v1/problems#no-owner",
      "Nobody can be known as the owner",
      `/api/v1${path} is for the owner, and this Checker has neither an ADMIN_TOKEN nor Cloudflare Access. Its README says how to set them.`,
    ]);
  });
});

describe("a wrong token", () => {
  const WRONG =
    "The Authorization header is not Bearer and this Checker's ADMIN_TOKEN. Send that, or leave the header out to see what is public.";

  test.each(["Bearer x", `Basic ${TOKEN}`, TOKEN, "Bearer", `Bearer ${TOKEN}x`, `Bearer  ${TOKEN}`])(
    "is refused also where a stranger would be answered, and never taken for none: %s",
    async (authorization) => {
      const { ask, cookie } = checker();
      for (const path of ["/api/v1/jobs", "/api/v1/outbox"]) {
        for (const headers of [{ authorization }, { authorization, cookie: await cookie() }]) {
          const answer = await ask(path, headers);
          expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
          expect((await problemOf(answer))[3]).toBe(WRONG);
        }
      }
    },
  );

  test("is wrong also where there is no right one", async () => {
    expect((await checker({}).ask("/api/v1/jobs", bearer("x"))).status).toBe(401);
  });

  test("is tried ten times a minute from one address; then not even the right one is looked at", async () => {
    const { ask, clock } = checker();
    const from = (address: string, token: string) =>
      ask("/api/v1/jobs", { ...bearer(token), "cf-connecting-ip": address });
    for (let count = 0; count < 30; count++) expect((await from("192.0.2.1", TOKEN)).status).toBe(200);
    for (let count = 0; count < 10; count++) expect((await from("192.0.2.1", "wrong")).status).toBe(401);
    const refused = await from("192.0.2.1", "wrong");
    expect(refused.headers.get("retry-after")).toBe("60");
    expect(await problemOf(refused)).toEqual([
      429,
      "/api/v1/problems#too-many-tries",
      "Too many wrong tokens",
      "Too many wrong tokens came from your address. Wait a minute, then try again with ADMIN_TOKEN.",
    ]);
    expect((await from("192.0.2.1", TOKEN)).status).toBe(429);
    expect((await ask("/api/v1/jobs", { "cf-connecting-ip": "192.0.2.1" })).status).toBe(200);
    expect((await from("192.0.2.2", TOKEN)).status).toBe(200);
    clock.ms += 60_000;
    expect((await from("192.0.2.1", TOKEN)).status).toBe(200);
  });

  test("is counted by Cloudflare where it counts, with those of the sign-in page", async () => {
    const keys: string[] = [];
    const SIGN_INS = { limit: async ({ key }: { key: string }) => ({ success: keys.push(key) < 2 }) };
    const { ask } = checker({ ADMIN_TOKEN: TOKEN, SIGN_INS });
    const headers = { ...bearer("wrong"), "cf-connecting-ip": "192.0.2.1" };
    expect((await ask("/api/v1/jobs", headers)).status).toBe(401);
    expect((await ask("/api/v1/jobs", headers)).status).toBe(429);
    expect((await ask("/api/v1/jobs", headers)).status).toBe(429);
    expect(keys).toEqual(["192.0.2.1", "192.0.2.1"]);
  });
});

test("whom Access vouches for cannot be told while its keys cannot be had, and he is not taken for a stranger", async () => {
  const { ask } = checker({ ACCESS_TEAM_DOMAIN: ACCESS.teamDomain, ACCESS_AUD: ACCESS.audience });
  const assertion = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA";
  for (const path of ["/api/v1/jobs", "/api/v1/outbox"]) {
    const answer = await ask(path, { "cf-access-jwt-assertion": assertion });
    expect(answer.headers.get("retry-after")).toBe("30");
    expect(await problemOf(answer)).toEqual([
      503,
      "/api/v1/problems#owner-unknown",
      "It cannot be told who asks",
      "Cloudflare Access cannot be asked at present whether its assertion is good. Try again, or send ADMIN_TOKEN as a bearer token.",
    ]);
  }
});

describe("what is asked wrongly is told as a problem:", () => {
  test.each(["/api", "/api/", "/api/v1", "/api/v1/", "/api/v1/job", "/api/v2/jobs", "/api/v1/jobs/a/b"])(
    "an address where nothing is: %s",
    async (path) => {
      for (const method of ["GET", "POST"])
        expect(await problemOf(await checker().ask(path, {}, method))).toEqual([
          404,
          "/api/v1/problems#unknown-path",
          "There is nothing at this address",
          `Nothing is at ${path}. /api/v1/openapi.json describes what there is.`,
        ]);
    },
  );

  test.each(["POST", "PUT", "DELETE", "PATCH", "BREW"])(
    "a method that would change something: %s",
    async (method) => {
      const answer = await checker().ask("/api/v1/jobs/0123456789abcd", {}, method);
      expect(answer.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
      expect(await problemOf(answer)).toEqual([
        405,
        "/api/v1/problems#method-not-allowed",
        "Only read",
        `${method} is not for /api/v1/jobs/0123456789abcd, which can only be read. Use GET or HEAD.`,
      ]);
    },
  );

  test("a parameter, with all that are wrong in a list", async () => {
    const answer = await checker().ask("/api/v1/jobs?limit=5000&status=ill");
    expect(await answer.json()).toMatchObject({
      status: 400,
      errors: [
        { parameter: "status", value: "ill", problem: "is no status" },
        { parameter: "limit", value: "5000", problem: "is more than 1000" },
      ],
    });
  });

  test("a fault that nobody thought of, without what it is", async () => {
    const { app, ask } = checker();
    app.get("/api/v1/odd", () => {
      throw new Error("the vault is open");
    });
    expect(await problemOf(await ask("/api/v1/odd"))).toEqual([
      500,
      "/api/v1/problems#internal",
      "Internal error",
      "A fault of this Checker, which its log tells. Try again in a while.",
    ]);
  });

  test("and every type of problem is listed where its name leads", async () => {
    const { items } = await (await checker().ask("/api/v1/problems")).json<{ items: { type: string }[] }>();
    expect(items).toContainEqual({
      type: "/api/v1/problems#no-such-job",
      status: 404,
      title: "There is no such job",
    });
  });
});

describe("a page of another site", () => {
  const elsewhere = { origin: "https://other.example" };
  const corsOf = ({ headers }: Response) =>
    Object.fromEntries([...headers].filter(([name]) => name.startsWith("access-control-")));

  test.each([
    "/api/v1/jobs",
    "/api/v1/instance",
    "/api/v1/outbox",
    "/api/v1/jobs?x=1",
    "/api/nothing",
    "/api/v1/openapi.json",
  ])("may read what a stranger is answered: %s", async (path) => {
    expect(corsOf(await checker().ask(path, elsewhere))).toEqual({
      "access-control-allow-origin": "*",
      "access-control-expose-headers": "ETag, Link, Retry-After",
    });
  });

  test("may read that nothing has changed", async () => {
    const { ask } = checker();
    const etag = (await ask("/api/v1/jobs")).headers.get("etag") ?? "";
    const answer = await ask("/api/v1/jobs", { ...elsewhere, "if-none-match": etag });
    expect([answer.status, corsOf(answer)["access-control-allow-origin"]]).toEqual([304, "*"]);
  });

  test("never reads what the owner is answered, be he known by a cookie or by a token", async () => {
    const { ask, cookie } = checker();
    for (const path of [
      "/api/v1/jobs",
      "/api/v1/instance",
      "/api/v1/outbox",
      "/api/v1/jobs?x=1",
      "/api/v1/jobs/0123456789abcd",
    ])
      for (const headers of [{ cookie: await cookie() }, bearer(TOKEN)]) {
        const answer = await ask(path, { ...elsewhere, ...headers });
        expect(answer.status).toBeLessThan(405);
        expect(corsOf(answer)).toEqual({});
        expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      }
  });

  test("is told before it asks what it may send: no token, and no method that changes something", async () => {
    const ask = (headers: Readonly<Record<string, string>>) =>
      checker().ask("/api/v1/jobs", { ...elsewhere, ...headers }, "OPTIONS");
    const answer = await ask({
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    });
    expect([answer.status, await answer.text(), corsOf(answer)]).toEqual([
      204,
      "",
      {
        "access-control-allow-origin": "*",
        "access-control-allow-methods": "GET, HEAD",
        "access-control-allow-headers": "If-None-Match",
        "access-control-max-age": "86400",
      },
    ]);
    const plain = await ask({});
    expect([plain.status, plain.headers.get("allow")]).toEqual([204, "GET, HEAD, OPTIONS"]);
  });
});
