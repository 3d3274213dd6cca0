import { afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { Bindings } from "../../src/worker/env.ts";
import { createHttp } from "../../src/worker/http.ts";
import { lendTimingSafeEqual } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import type { AdminTask } from "../../src/worker/rpc.ts";

const TOKEN = "a-secret-of-the-owner";
const ORIGIN = "https://checker.example";
const NOW = Date.parse("2026-11-30T10:00:00Z");
const WAYS = [
  ["GET", "/admin/report"],
  ["POST", "/jobs/0123456789abcd/run"],
  ["GET", "/outbox"],
  ["GET", "/api/v1/outbox"],
  ["GET", "/metrics"],
] as const;

beforeAll(lendTimingSafeEqual);
beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** A Checker of which nothing is known but who may come in. */
function checker() {
  const clock = new FakeClock(NOW);
  const tasks: AdminTask[] = [];
  const app = createHttp({ clock, random: new FakeRandom(), network: fakeNetwork() }, (task) => {
    tasks.push(task);
    return Promise.resolve({ kind: "done", text: "It is done." });
  });
  const env: Bindings = { DB: {} as D1Database, EMAIL: {} as SendEmail, ADMIN_TOKEN: TOKEN };
  const ask = async (method: string, path: string, token: string, headers = {}): Promise<Response> =>
    app.request(
      `${ORIGIN}${path}`,
      { method, headers: { authorization: `Bearer ${token}`, "cf-connecting-ip": "192.0.2.1", ...headers } },
      env,
    );
  const signIn = async (): Promise<string> => {
    const body = new URLSearchParams({ token: TOKEN });
    const answer = await app.request(
      `${ORIGIN}/sign-in`,
      { method: "POST", body, headers: { origin: ORIGIN } },
      env,
    );
    return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
  };
  return { ask, signIn, clock, tasks };
}

/** Whether somebody was taken for the owner. The pages and lists of this one cannot be read: it has no database. */
const OPENED = new Set([200, 303, 500, 503]);
const isOpen = ({ status, headers }: Response): boolean =>
  OPENED.has(status) && headers.get("location")?.startsWith("/sign-in") !== true;

test.each(WAYS)(
  "tried at %s %s are counted for every way in, and the right one is not looked at then",
  async (method, path) => {
    const { ask, clock, tasks } = checker();
    expect(isOpen(await ask(method, path, TOKEN))).toBe(true);
    for (let count = 0; count < 11; count++) expect(isOpen(await ask(method, path, "wrong"))).toBe(false);
    tasks.length = 0;
    for (const other of WAYS)
      expect([other, isOpen(await ask(other[0], other[1], TOKEN))]).toEqual([other, false]);
    expect(tasks).toEqual([]);
    expect(isOpen(await ask(method, path, TOKEN, { "cf-connecting-ip": "192.0.2.2" }))).toBe(true);
    clock.ms += 60_000;
    for (const other of WAYS)
      expect([other, isOpen(await ask(other[0], other[1], TOKEN))]).toEqual([other, true]);
  },
);

test("too many are told so, with when to try again", async () => {
  const { ask } = checker();
  for (let count = 0; count < 11; count++) await ask("GET", "/admin/report", "wrong");
  const report = await ask("GET", "/admin/report", TOKEN);
  expect([report.status, report.headers.get("retry-after"), await report.text()]).toEqual([
    429,
    "60",
    "Too many wrong tokens from your address; try again in a minute\n",
  ]);
  const run = await ask("POST", "/jobs/0123456789abcd/run", TOKEN, { accept: "application/json" });
  expect([run.status, run.headers.get("retry-after"), await run.json()]).toEqual([
    429,
    "60",
    {
      title: "Too many tries",
      text: "Too many wrong tokens came from your address. Wait a minute, then try again.",
    },
  ]);
  const page = await ask("POST", "/jobs/0123456789abcd/run", TOKEN);
  expect(await page.text()).toContain(`<a href="/sign-in">Sign in</a>`);
});

test("in the signature of a session are counted as well, and then no session is looked at", async () => {
  const { ask, signIn, clock } = checker();
  const cookie = await signIn();
  const forged = cookie.replace(/\.(.)/, (_, first) => `.${first === "A" ? "B" : "A"}`);
  const open = async (one: string): Promise<boolean> =>
    isOpen(await ask("GET", "/outbox", "", { authorization: "", cookie: one }));
  expect(await open(cookie)).toBe(true);
  for (let count = 0; count < 11; count++) expect(await open(forged)).toBe(false);
  expect(await open(cookie)).toBe(false);
  expect(isOpen(await ask("GET", "/outbox", TOKEN))).toBe(true);
  clock.ms += 60_000;
  expect(await open(cookie)).toBe(true);
});

test.each(["Bearer wrong", "Basic b3duZXI6c2VjcmV0"])(
  "beside a session are no bar: a browser may send what is meant for something before this Worker (%s)",
  async (authorization) => {
    const { ask, signIn, tasks } = checker();
    const cookie = await signIn();
    for (let count = 0; count < 12; count++) {
      await ask("POST", "/jobs/0123456789abcd/run", "", { authorization, cookie, origin: ORIGIN });
    }
    expect(tasks).toHaveLength(12);
  },
);

test("block nobody for longer than a minute because a clock was ahead", async () => {
  const { ask, clock } = checker();
  clock.ms = NOW + 23 * 3_600_000;
  for (let count = 0; count < 11; count++) await ask("GET", "/admin/report", "wrong");
  clock.ms = NOW;
  expect(isOpen(await ask("GET", "/admin/report", TOKEN))).toBe(true);
  await ask("GET", "/admin/report", "wrong");
  expect(isOpen(await ask("GET", "/admin/report", TOKEN))).toBe(true);
});
