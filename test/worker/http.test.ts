import type { Hono } from "hono";
import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from "vitest";
import type { Platform } from "../../src/platform/platform.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { createHttp } from "../../src/worker/http.ts";
import { nobodyActs } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { expectSecurityHeaders, SECURITY_HEADERS } from "../support/api/security-headers.ts";

const PLATFORM: Platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };

type App = Hono<{ Bindings: Bindings }>;

/** Routes as hono lists them, each path once, without those that are for all paths. */
function pathsOf(app: App): string[] {
  return [...new Set(app.routes.map(({ path }) => path))].filter((path) => !path.endsWith("/*"));
}

/** The Worker's variables, over a database that fails with what a database may say. */
function bindings(vars: Readonly<Record<string, unknown>> = {}): Bindings {
  const prepare = (): never => {
    throw new Error("D1_ERROR: no row for ops@example.com\nat all");
  };
  return { DB: { prepare, batch: prepare } as unknown as D1Database, EMAIL: {} as SendEmail, ...vars };
}

let logged: MockInstance<typeof console.error>;

beforeEach(() => {
  logged = vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

test("public paths are these, and no other", () => {
  expect(pathsOf(createHttp(PLATFORM, nobodyActs)).filter((path) => !/^\/admin\b/.test(path))).toEqual([
    "/status",
    "/ping/:key",
    "/ping/:key/:signal",
    "/api/v1/jobs",
    "/api/v1/jobs/:id",
    "/api/v1/jobs/:id/series",
    "/api/v1/incidents",
    "/api/v1/instance",
    "/api/v1/peers",
    "/api/v1/ticks",
    "/api/v1/gaps",
    "/api/v1/outbox",
    "/api/v1/problems",
    "/api/v1/openapi.json",
    "/metrics",
    "/badges/jobs/:id/status.svg",
    "/badges/jobs/:id/uptime.svg",
    "/badges/mail.svg",
    "/badges/jobs/:id/status.json",
    "/badges/jobs/:id/uptime.json",
    "/badges/mail.json",
    "/",
    "/jobs/:id{[0-9a-z]{14}}",
    "/incidents",
    "/outbox",
    "/incidents.atom",
    "/sign-in",
    "/sign-out",
    "/jobs/:id{[0-9a-z]{14}}/run",
    "/jobs/:id{[0-9a-z]{14}}/acknowledge",
    "/jobs/:id{[0-9a-z]{14}}/silence",
    "/jobs/:id{[0-9a-z]{14}}/end-silence",
    "/silence",
    "/end-silence",
    "/test-mail",
    "/outbox/:id/retry",
    "/outbox/:id/drop",
    "/recipients/drop",
  ]);
});

describe("an answer has every security header", () => {
  /** With routes that go wrong in each way that a route can. */
  function oddApp(): App {
    const app = createHttp(PLATFORM, nobodyActs);
    app.get("/throws", () => {
      throw new Error("mail for ops@example.com\nis lost");
    });
    app.get("/throws-text", () => {
      // eslint-disable-next-line typescript/only-throw-error
      throw "ops@example.com";
    });
    app.get("/throws-null", () => Promise.reject(JSON.parse("null") as Error));
    // As an answer that fetch() gave: nobody may change its headers.
    app.get("/fixed", () => Response.redirect("https://host.example/"));
    app.get("/weak", (c) => c.text("x", 200, { "x-frame-options": "SAMEORIGIN", "cache-control": "public" }));
    app.get("/nothing", () => undefined as unknown as Response);
    return app;
  }

  test.each<[string, RequestInit, number]>([
    ["/status", {}, 200],
    ["/status", { method: "HEAD" }, 200],
    ["/status", { method: "POST", body: "x" }, 405],
    ["/status", { method: "OPTIONS", headers: { origin: "https://evil.example" } }, 405],
    ["/status", { method: "BREW" }, 405],
    ["/ping/x", {}, 404],
    ["/ping/x/start", { method: "POST", body: "x" }, 404],
    ["/ping/x", { method: "PUT" }, 405],
    // Names that every object has.
    ["/status", { method: "constructor" }, 405],
    ["/api/v1/jobs", { method: "__proto__" }, 405],
    ["/api/v1/__proto__", { method: "toString" }, 404],
    ["/badges/jobs/__proto__/status.svg", { method: "valueOf" }, 405],
    ["/", {}, 503],
    ["/", { method: "PUT" }, 405],
    ["/sign-in", {}, 200],
    ["/sign-in", { method: "POST", headers: { origin: "https://evil.example" } }, 403],
    ["/sign-out", {}, 405],
    ["/incidents", {}, 503],
    ["/incidents.atom", {}, 503],
    ["/jobs/0123456789abcd", {}, 503],
    ["/jobs/0123456789abcd", { method: "POST" }, 405],
    ["/jobs/..%2fadmin", {}, 404],
    ["/nowhere", { method: "HEAD" }, 404],
    ["/nowhere", { method: "DELETE" }, 404],
    ["/%ff%00", {}, 404],
    [`/${"x".repeat(10_000)}`, {}, 404],
    ["/api", {}, 404],
    ["/api/v2/jobs", { method: "PUT" }, 404],
    ["/api/v1/jobs", {}, 503],
    ["/api/v1/jobs", { method: "HEAD" }, 503],
    ["/api/v1/jobs", { method: "DELETE" }, 405],
    ["/api/v1/jobs", { method: "OPTIONS", headers: { origin: "https://evil.example" } }, 204],
    ["/api/v1/jobs?limit=0", {}, 400],
    ["/api/v1/outbox", {}, 401],
    ["/metrics", {}, 401],
    ["/metrics", { method: "POST" }, 405],
    ["/badges/mail.png", {}, 404],
    ["/badges/mail.svg", { method: "POST" }, 405],
    ["/badges/mail.svg?x=1", {}, 400],
    ["/admin/report", {}, 401],
    ["/admin/report", { method: "HEAD" }, 401],
    ["/admin/report", { headers: { "cf-access-jwt-assertion": "x" } }, 401],
    ["/throws", {}, 500],
    ["/throws", { method: "HEAD" }, 500],
    ["/throws-text", {}, 500],
    ["/throws-null", {}, 500],
    ["/nothing", {}, 500],
    ["/fixed", {}, 302],
    ["/weak", {}, 200],
  ])("%s %o: %d", async (path, init, status) => {
    const answer = await oddApp().request(path, init, bindings({ ADMIN_TOKEN: "t" }));
    expect(answer.status).toBe(status);
    expectSecurityHeaders(answer.headers);
  });

  test("but for what its route asked for: to be stored, and to be shown elsewhere", async () => {
    const app = oddApp();
    app.get("/image", (c) => {
      c.set("cacheControl", "public, max-age=30");
      c.set("isEmbeddable", true);
      return c.body("<svg/>", 200, { "content-type": "image/svg+xml" });
    });
    const { headers } = await app.request("/image", {}, bindings());
    const found = Object.keys(SECURITY_HEADERS).map((name) => [name, headers.get(name)]);
    expect(Object.fromEntries(found)).toEqual({
      ...SECURITY_HEADERS,
      "cache-control": "public, max-age=30",
      "cross-origin-resource-policy": "cross-origin",
    });
  });

  test("and names neither what made it nor who may read it from elsewhere", async () => {
    const init = { headers: { origin: "https://evil.example" } };
    const { headers } = await oddApp().request("/status", init, bindings());
    for (const name of ["server", "x-powered-by", "access-control-allow-origin", "set-cookie"]) {
      expect(headers.get(name)).toBeNull();
    }
  });

  test.each<[string, string]>([
    ["/throws", "GET /throws: mail for [address] is lost"],
    ["/throws-text", "GET /throws-text: [address]"],
    ["/throws-null", "GET /throws-null: a thrown object"],
  ])("and says nothing of what went wrong inside, which one line of the log says: %s", async (path, line) => {
    const answer = await oddApp().request(`${path}?token=abc`, {}, bindings());
    expect(await answer.text()).toBe("Internal error\n");
    expect(logged.mock.calls).toEqual([[line]]);
  });
});

test("a request cannot write a line of its own into the log", async () => {
  const app = createHttp(PLATFORM, nobodyActs);
  app.get("/odd/:what", (c) => {
    throw new Error(`nothing is known of ${c.req.param("what")}`);
  });
  await app.request("/odd/x%0d%0aGET%20%2Fstatus:%20all%20is%20well", {}, bindings());
  expect(logged.mock.calls).toEqual([["GET /odd/:what: nothing is known of x GET /status: all is well"]]);
});
