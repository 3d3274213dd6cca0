import { beforeAll, describe, expect, test, vi } from "vitest";
import type { Bindings } from "../../../src/worker/env.ts";
import { createHttp } from "../../../src/worker/http.ts";
import { lendTimingSafeEqual } from "../../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../../support/fakes/ports.ts";
import type { AdminTask } from "../../../src/worker/rpc.ts";

const TOKEN = "a-secret-of-the-owner";
const ORIGIN = "https://checker.example";
const JOB = "/jobs/0123456789abcd";
const ACTIONS = [
  ...["run", "acknowledge", "silence", "end-silence"].map((action) => `${JOB}/${action}`),
  "/silence",
  "/end-silence",
  "/test-mail",
  "/outbox/a1/retry",
  "/outbox/a1/drop",
];

beforeAll(lendTimingSafeEqual);

/** A Checker that notes what it is asked for. */
function checker() {
  vi.spyOn(console, "warn").mockReturnValue();
  const tasks: AdminTask[] = [];
  const platform = {
    clock: new FakeClock(1_800_000_000_000),
    random: new FakeRandom(),
    network: fakeNetwork(),
  };
  const app = createHttp(platform, (task) => {
    tasks.push(task);
    return Promise.resolve({ kind: "done", text: "It is done." });
  });
  const env: Bindings = { DB: {} as D1Database, EMAIL: {} as SendEmail, ADMIN_TOKEN: TOKEN };
  const send = (path: string, init: RequestInit): Promise<Response> =>
    Promise.resolve(app.request(`${ORIGIN}${path}`, init, env));
  const signIn = async (): Promise<string> => {
    const body = new URLSearchParams({ token: TOKEN });
    const answer = await send("/sign-in", { method: "POST", body, headers: { origin: ORIGIN } });
    return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  return { app, send, signIn, tasks };
}

describe("a request of another site", () => {
  const FOREIGN = { origin: "https://evil.example", "sec-fetch-site": "cross-site" };
  const TYPES = [undefined, "application/json", "text/html", "image/png", "text/plain", "a/b; c=d", ""];

  test.each(TYPES)("is refused whatever its content type says: %s", async (type) => {
    const { send, signIn, tasks } = checker();
    const cookie = await signIn();
    const headers = { cookie, ...FOREIGN, ...(type === undefined ? {} : { "content-type": type }) };
    for (const body of [undefined, "", "{}"]) {
      const answer = await send("/test-mail", {
        method: "POST",
        headers,
        ...(body === undefined ? {} : { body }),
      });
      expect([answer.status, await answer.text()]).toEqual([
        403,
        "Refused: this was not sent by a page of this Checker\n",
      ]);
    }
    expect(tasks).toEqual([]);
  });

  test.each<Readonly<Record<string, string>>>([
    { "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
    { "sec-fetch-site": "" },
    { "sec-fetch-site": "same-origin, cross-site" },
    { "sec-fetch-site": "cross-site", origin: ORIGIN },
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "" },
    { origin: "http://checker.example" },
    { origin: "https://checker.example:8443" },
    { origin: "https://sub.checker.example" },
    { origin: "https://checker.example.evil.example" },
    { origin: `${ORIGIN}/` },
    { origin: `${ORIGIN}, https://evil.example` },
    {},
    { referer: `${ORIGIN}/` },
  ])("is refused whoever the browser says the visitor is: %j", async (headers) => {
    const { send, signIn, tasks } = checker();
    const session = await signIn();
    const known: readonly Readonly<Record<string, string>>[] = [
      { cookie: session },
      { cookie: "CF_Authorization=an.assertion.x" },
      { "cf-access-jwt-assertion": "an.assertion.x" },
      {},
    ];
    for (const jobKey of known) {
      const init = {
        method: "POST",
        headers: { ...jobKey, ...headers, "content-type": "application/json" },
      };
      expect([jobKey, (await send(`${JOB}/run`, init)).status]).toEqual([jobKey, 403]);
    }
    expect(tasks).toEqual([]);
  });

  test.each([
    "Bearer x",
    "Bearer wrong",
    "bearer x",
    "Bearer ",
    "Basic x",
    "Token x",
    `Bearer  ${TOKEN}`,
    TOKEN,
  ])("is not excused by an Authorization header that is not the owner's: %j", async (authorization) => {
    const { send, signIn, tasks } = checker();
    const headers = { cookie: await signIn(), authorization, ...FOREIGN };
    for (const path of ACTIONS) {
      expect([path, (await send(path, { method: "POST", headers })).status < 400]).toEqual([path, false]);
    }
    for (const path of ["/sign-in", "/sign-out"]) {
      const answer = await send(path, {
        method: "POST",
        headers,
        body: new URLSearchParams({ token: TOKEN }),
      });
      expect([answer.status < 400, answer.headers.get("set-cookie")]).toEqual([false, null]);
    }
    expect(tasks).toEqual([]);
  });

  test("is refused on every route that changes something but pings, those added later included", async () => {
    const { app, send } = checker();
    const changing = app.routes.filter(({ method }) => !["ALL", "GET"].includes(method));
    const paths = changing.map(({ path }) =>
      path.replace(":id{[0-9a-z]{14}}", "0123456789abcd").replace(":id", "a1"),
    );
    const others = paths.filter((path) => !path.startsWith("/ping/"));
    expect(others).toEqual(expect.arrayContaining([...ACTIONS, "/sign-in", "/sign-out"]));
    for (const path of others) {
      const answer = await send(path, {
        method: "POST",
        headers: { ...FOREIGN, "content-type": "text/html" },
      });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await send("/ping/x", { method: "POST", headers: FOREIGN })).status).toBe(404);
  });

  test("with the token is the owner's program, whatever else is sent", async () => {
    const { send, tasks } = checker();
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      ...FOREIGN,
      "content-type": "application/json",
      cookie: "checker=x",
    };
    expect((await send(`${JOB}/run`, { method: "POST", headers, body: "{}" })).status).toBe(303);
    expect(tasks).toHaveLength(1);
  });
});
