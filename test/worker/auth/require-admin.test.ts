import type { Hono } from "hono";
import { describe, expect, test } from "vitest";
import type { Platform } from "../../../src/platform/platform.ts";
import type { Bindings } from "../../../src/worker/env.ts";
import { createHttp } from "../../../src/worker/http.ts";
import { nobodyActs } from "../../support/fakes/http.ts";
import { ACCESS } from "../../support/fakes/access-team.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../../support/fakes/ports.ts";

const PLATFORM: Platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };

type App = Hono<{ Bindings: Bindings }>;
type Vars = Readonly<Record<string, unknown>>;

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

/** The Worker's variables. Whoever comes as far as the database finds none. */
function bindings(vars: Vars): Bindings {
  return { DB: {} as D1Database, EMAIL: {} as SendEmail, ...vars };
}

describe("a route under /admin", () => {
  /** With routes that somebody adds later, on the whole and without a thought of who may come. */
  function laterApp(): App {
    const app = createHttp(PLATFORM, nobodyActs);
    app.get("/admin", (c) => c.text("secret"));
    app.get("/admin/later/:id", (c) => c.text("secret"));
    app.post("/admin/later/deep/er", (c) => c.text("secret"));
    return app;
  }

  const guarded = [...new Set(laterApp().routes.map(({ path }) => path))].filter(
    (path) => /^\/admin\b/.test(path) && !path.endsWith("/*"),
  );

  test("is among them: those there are, and what is added later", () => {
    expect(guarded).toEqual([
      "/admin/report",
      "/admin/outbox",
      "/admin",
      "/admin/later/:id",
      "/admin/later/deep/er",
    ]);
  });

  test.each<[string, Vars, number, string]>([
    ["does not exist while nobody is configured as the owner", {}, 404, "Not found\n"],
    ["refuses who has no token", { ADMIN_TOKEN: "t" }, 401, "Unauthorized\n"],
    [
      "refuses whom Access does not vouch for",
      { ACCESS_TEAM_DOMAIN: ACCESS.teamDomain, ACCESS_AUD: ACCESS.audience },
      401,
      "Unauthorized\n",
    ],
  ])("%s, by whatever method", async (_name, vars, status, body) => {
    const app = laterApp();
    for (const path of guarded) {
      for (const method of METHODS) {
        const answer = await app.request(path, { method }, bindings(vars));
        expect([path, method, answer.status, await answer.text()]).toEqual([
          path,
          method,
          status,
          method === "HEAD" ? "" : body,
        ]);
      }
    }
  });

  test.each([
    "/admin/",
    "/admin//report",
    "/admin/report/",
    "/admin/%72eport",
    "/%61dmin/report",
    "/admin/report?token=t",
    "/admin/./report",
    "/status/../admin/report",
    "/status/%2e%2e/admin/report",
    "/admin\\report",
    "/admin/report%00",
    "/admin/%zz",
  ])("is not reached by another spelling of its path: %s", async (path) => {
    const answer = await laterApp().request(path, {}, bindings({ ADMIN_TOKEN: "t" }));
    expect([answer.status, await answer.text()]).toEqual([401, "Unauthorized\n"]);
  });

  test.each([
    "//admin/report",
    "/Admin/report",
    "/ADMIN/REPORT",
    "/admin%2freport",
    "/x/admin/report",
    "/admin;/report",
  ])("is not meant by %s, which is nowhere", async (path) => {
    const answer = await laterApp().request(
      `http://checker.example${path}`,
      {},
      bindings({ ADMIN_TOKEN: "t" }),
    );
    expect([answer.status, await answer.text()]).toEqual([404, "Not found\n"]);
  });
});
