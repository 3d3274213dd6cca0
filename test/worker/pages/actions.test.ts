import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Platform } from "../../../src/platform/platform.ts";
import type { Bindings } from "../../../src/worker/env.ts";
import { createHttp } from "../../../src/worker/http.ts";
import type { AdminResult } from "../../../src/admin/commands.ts";
import { lendTimingSafeEqual } from "../../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../../support/fakes/ports.ts";
import type { RunnerRpc, AdminTask } from "../../../src/worker/rpc.ts";

const TOKEN = "a-secret-of-the-owner";
const ORIGIN = "https://checker.example";
const NOW = Date.parse("2026-11-24T10:00:00Z");
const JOB = "/jobs/0123456789abcd";
const BEARER = { authorization: `Bearer ${TOKEN}` };

beforeAll(lendTimingSafeEqual);

afterEach(() => {
  vi.restoreAllMocks();
});

/** A Checker that notes what it is asked for. */
function checker(answer: AdminResult | Error = { kind: "done", text: "It is done." }, runners = false) {
  const tasks: AdminTask[] = [];
  const act = (task: AdminTask): Promise<AdminResult> => {
    tasks.push(task);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  };
  const platform: Platform = { clock: new FakeClock(NOW), random: new FakeRandom(), network: fakeNetwork() };
  const names: string[] = [];
  const app = createHttp(platform, runners ? () => Promise.reject(new Error("in place")) : act);
  const env: Bindings = {
    DB: {} as D1Database,
    EMAIL: {} as SendEmail,
    ADMIN_TOKEN: TOKEN,
    ...(runners
      ? {
          RUNNERS: {
            getByName: (name) => {
              names.push(name);
              return { act } as unknown as RunnerRpc;
            },
          },
        }
      : {}),
  };
  const post = (path: string, headers: HeadersInit, form: Readonly<Record<string, string>> = {}) =>
    Promise.resolve(
      app.request(`${ORIGIN}${path}`, { method: "POST", body: new URLSearchParams(form), headers }, env),
    );
  const signIn = async (): Promise<string> => {
    const answered = await post("/sign-in", { origin: ORIGIN }, { token: TOKEN });
    return (answered.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  return { post, signIn, tasks, names };
}

const requestsOf = (tasks: readonly AdminTask[]): readonly unknown[] => tasks.map(({ request }) => request);

describe("what the owner asks for", () => {
  test.each<[string, Readonly<Record<string, string>>, unknown, string]>([
    [`${JOB}/run`, {}, { kind: "run", job: "0123456789abcd" }, `${JOB}#did`],
    [`${JOB}/acknowledge`, {}, { kind: "acknowledge", job: "0123456789abcd" }, `${JOB}#did`],
    [
      `${JOB}/silence`,
      { for: "60", until: "" },
      { kind: "silence", job: "0123456789abcd", untilMs: NOW + 3_600_000 },
      `${JOB}#did`,
    ],
    [
      `${JOB}/silence`,
      { for: "60", until: "2026-11-24T12:30" },
      { kind: "silence", job: "0123456789abcd", untilMs: NOW + 150 * 60_000 },
      `${JOB}#did`,
    ],
    [`${JOB}/end-silence`, {}, { kind: "end silence", job: "0123456789abcd" }, `${JOB}#did`],
    ["/silence", { for: "5" }, { kind: "silence", job: null, untilMs: NOW + 300_000 }, "/"],
    ["/end-silence", {}, { kind: "end silence", job: null }, "/"],
    ["/outbox/a1/retry", {}, { kind: "retry message", id: "a1" }, "/outbox#did"],
    [
      "/recipients/drop",
      { to: "a@example.com" },
      { kind: "drop messages", to: "a@example.com" },
      "/outbox#did",
    ],
    ["/outbox/a%2Fb/drop", {}, { kind: "drop message", id: "a/b" }, "/outbox#did"],
  ])("by %s %j is done, and he is sent to where it is to be read", async (path, form, request, back) => {
    const { post, tasks } = checker();
    const answer = await post(path, BEARER, form);
    expect(tasks).toEqual([{ request, by: "ADMIN_TOKEN" }]);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, back]);
  });

  test("is done by an object of its own where there are objects", async () => {
    const { post, tasks, names } = checker({ kind: "done", text: "" }, true);
    expect((await post(`${JOB}/run`, BEARER)).status).toBe(303);
    expect([names, tasks.length]).toEqual([["asked"], 1]);
  });

  test("is answered on the spot where that is the point, line by line", async () => {
    const { post, tasks } = checker({ kind: "done", text: "a: <accepted>\nb: held" });
    const answer = await post("/test-mail", BEARER);
    expect(requestsOf(tasks)).toEqual([{ kind: "test mail" }]);
    expect(answer.status).toBe(200);
    const html = await answer.text();
    expect(html).toContain("<p>a: &lt;accepted&gt;</p><p>b: held</p>");
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).not.toContain("refresh");
  });

  test.each<[AdminResult["kind"], number, string]>([
    ["nothing to do", 409, "Nothing was changed"],
    ["not found", 404, "There is no such job"],
    ["refused", 400, "This cannot be done"],
  ])("and has %s is answered with status %d", async (kind, status, title) => {
    const { post } = checker({ kind, text: "Because." });
    const answer = await post(`${JOB}/run`, BEARER);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toMatch(new RegExp(`<h1>${title}</h1>.*Because\\.`));
  });

  test("in a form that is none, or is longer than any of ours, is refused; of strangers none is read", async () => {
    const { post, tasks } = checker();
    const long = { for: "60", more: "x".repeat(20_000) };
    expect((await post("/silence", BEARER, long)).status).toBe(400);
    expect((await post("/silence", { ...BEARER, "content-type": "multipart/form-data" }, {})).status).toBe(
      400,
    );
    expect((await post("/silence", { origin: ORIGIN }, long)).status).toBe(401);
    expect((await post("/sign-in", { origin: ORIGIN }, { token: TOKEN, ...long })).status).toBe(401);
    expect(tasks).toEqual([]);
  });

  test("as JSON is answered as JSON", async () => {
    const { post } = checker({ kind: "done", text: "It is up: HTTP 200" });
    const answer = await post(`${JOB}/run`, { ...BEARER, accept: "application/json" });
    expect([answer.status, await answer.json()]).toEqual([
      200,
      { title: "Done", text: "It is up: HTTP 200" },
    ]);
  });

  test("and fails with a fault of ours may have been done: it is not tried again in place", async () => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const { post, tasks } = checker(new Error("D1 is away"), true);
    const answer = await post(`${JOB}/run`, BEARER);
    expect(answer.status).toBe(503);
    expect(await answer.text()).toContain("Look before you try again. Cause: D1 is away");
    expect(tasks).toHaveLength(1);
    expect(logged.mock.calls[0]?.[0]).toContain("What the owner asked for failed (run): D1 is away");
  });

  test.each([{}, { for: "0" }, { for: "soon" }, { until: "tomorrow" }, { until: "2026-13-01T10:00" }])(
    "a silence of %j is refused with what to write",
    async (form) => {
      const { post, tasks } = checker();
      const answer = await post(`${JOB}/silence`, BEARER, form);
      expect([answer.status, tasks]).toEqual([400, []]);
      expect(await answer.text()).toContain(
        "Give a number of minutes in “for”, or a time in UTC such as 2026-12-01T22:00 in “until”.",
      );
    },
  );
});

const ALL = [
  `${JOB}/run`,
  `${JOB}/acknowledge`,
  `${JOB}/silence`,
  `${JOB}/end-silence`,
  "/silence",
  "/end-silence",
  "/test-mail",
  "/outbox/a1/retry",
  "/outbox/a1/drop",
  "/recipients/drop",
];

describe.each(ALL)("%s", (path) => {
  const form = { for: "60", to: "a@example.com" };

  test("is nothing for strangers", async () => {
    const { post, tasks } = checker();
    for (const headers of [{ origin: ORIGIN }, { authorization: "Bearer wrong" }]) {
      const answer = await post(path, headers, form);
      expect(answer.status).toBe(401);
      expect(await answer.text()).toContain("Only this Checker&#39;s owner may do this.");
    }
    expect(tasks).toEqual([]);
  });

  test("is done for who has signed in, from a page of this Checker alone", async () => {
    const { post, signIn, tasks } = checker();
    const cookie = await signIn();
    const foreign: readonly Record<string, string>[] = [
      { cookie, origin: "https://evil.example" },
      { cookie, origin: "null" },
      { cookie },
      { cookie, origin: "https://evil.example", "sec-fetch-site": "cross-site" },
      // A browser adds what somebody has given to something before this Worker.
      { cookie, origin: "https://evil.example", authorization: "Basic b3duZXI6c2VjcmV0" },
      { cookie, origin: "https://sub.checker.example", "sec-fetch-site": "same-site" },
    ];
    for (const headers of foreign) {
      expect([headers["origin"], (await post(path, headers, form)).status]).toEqual([headers["origin"], 403]);
    }
    expect(tasks).toEqual([]);
    expect((await post(path, { cookie, origin: ORIGIN }, form)).status).toBeLessThan(400);
    expect(tasks).toHaveLength(1);
  });
});
