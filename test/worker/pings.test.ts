import { afterEach, beforeEach, describe, expect, test, vi, type MockInstance } from "vitest";
import { pingKey } from "../../src/platform/pings/ping-key.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { createHttp } from "../../src/worker/http.ts";
import { units } from "../support/mail/charsets.ts";
import { nobodyActs } from "../support/fakes/http.ts";
import { jobId } from "../../src/core/job-id.ts";
import { at, FakeClock, fakeNetwork, FakeRandom, never } from "../support/fakes/ports.ts";
import { expectSecurityHeaders } from "../support/api/security-headers.ts";
import { sqliteD1 } from "../support/d1/sqlite.ts";
import { D1PingStore } from "../../src/storage/d1/heartbeats/ping-store.ts";

const SECRET = "a secret of the owner, and a long one";
const BACKUP = { id: jobId(`Heartbeats["backup"]`), jobKey: `Heartbeats["backup"]` };
const NOON = at("2026-11-23 12:00");
const KEY = await pingKey(SECRET, BACKUP.jobKey);

let db: D1Database;
let clock: FakeClock;
let app: ReturnType<typeof createHttp>;
let logged: MockInstance<typeof console.error>;
let warned: MockInstance<typeof console.warn>;

beforeEach(async () => {
  db = sqliteD1();
  clock = new FakeClock(NOON);
  app = createHttp({ clock, random: new FakeRandom(), network: fakeNetwork() }, nobodyActs);
  await new D1PingStore(db, new FakeRandom()).register([BACKUP], [], NOON);
  logged = vi.spyOn(console, "error").mockReturnValue();
  warned = vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function bindings(vars: Readonly<Record<string, unknown>> = {}): Bindings {
  return { DB: db, EMAIL: {} as SendEmail, PING_SECRET: SECRET, ...vars };
}

/** What is answered: `200 OK`. Every answer has the headers that all have. */
async function ask(path: string, init: RequestInit = {}, env = bindings()): Promise<string> {
  const answer = await app.request(path, init, env);
  expectSecurityHeaders(answer.headers);
  expect(answer.headers.get("set-cookie")).toBeNull();
  expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  return `${answer.status} ${await answer.text()}`;
}

async function record() {
  return (await new D1PingStore(db, new FakeRandom()).readPings(NOON)).records.get(BACKUP.id);
}

describe("a ping", () => {
  test.each<[string, string, object]>([
    ["GET", "", { code: 0 }],
    ["POST", "", { code: 0 }],
    ["HEAD", "", { code: 0 }],
    ["GET", "/success", { code: 0 }],
    ["GET", "/start", { running: true, code: null }],
    ["POST", "/fail", { code: -1 }],
    ["GET", "/0", { code: 0 }],
    ["HEAD", "/137", { code: 137 }],
    ["GET", "/log", { code: null, startedAtMs: null }],
  ])("by %s to /ping/KEY%s is recorded, and then answered with OK", async (method, signal, recorded) => {
    expect(await ask(`/ping/${KEY}${signal}`, { method })).toBe(method === "HEAD" ? "200 " : "200 OK");
    expect(await record()).toMatchObject(recorded);
  });

  test.each(["\n", "\r\n", " "])("is taken where the secret ends in %j", async (white) => {
    expect(await ask(`/ping/${KEY}`, {}, bindings({ PING_SECRET: SECRET + white }))).toBe("200 OK");
  });

  test("brings what was printed, and the name of its run", async () => {
    await ask(`/ping/${KEY}/start?rid=2b9c4a0e-0f5b-4d0c-8c43-1f0f6a2d7a11`);
    clock.ms += 30_000;
    const run = { method: "POST", body: "copying\nno space left on device\n" };
    expect(await ask(`/ping/${KEY}/3?rid=2b9c4a0e-0f5b-4d0c-8c43-1f0f6a2d7a11`, run)).toBe("200 OK");
    expect(await record()).toMatchObject({
      code: 3,
      output: "copying\nno space left on device",
      runId: "2b9c4a0e-0f5b-4d0c-8c43-1f0f6a2d7a11",
      durationMs: 30_000,
    });
  });

  test.each<[string, BodyInit, string]>([
    ["ten megabytes", "x".repeat(10_000_000), `…${"x".repeat(1_999)}`],
    ["no UTF-8", new Uint8Array([0xc3, 0x28, 0x61]), "\ufffd(a"],
    ["what ends a text in some database", "'); DROP TABLE heartbeat;--\u0000", "'); DROP TABLE heartbeat;--"],
    ["half a pair of surrogates", units("\ud83da"), "=\ufffda"],
  ])("with a body of %s is recorded all the same", async (_what, body, output) => {
    expect(await ask(`/ping/${KEY}/fail`, { method: "POST", body })).toBe("200 OK");
    expect(await record()).toMatchObject({ code: -1, output });
  });
});

describe("slashes too many in an address", () => {
  const signals = ["", "/start", "/success", "/fail", "/log", "/0", "/7"];

  test.each([
    (signal: string) => `/ping/${KEY}${signal}/`,
    (signal: string) => `/ping/${KEY}${signal}//`,
    (signal: string) => `/ping//${KEY}${signal}`,
    (signal: string) => `//ping/${KEY}${signal}`,
    (signal: string) => `/ping///${KEY}/${signal}/?rid=a`,
  ])("are passed over (%#)", async (pathOf) => {
    for (const signal of signals) {
      for (const method of ["GET", "HEAD", "POST"]) {
        const { status } = await app.request(`http://checker.test${pathOf(signal)}`, { method }, bindings());
        expect([signal, method, status]).toEqual([signal, method, 200]);
      }
    }
    expect(await record()).toMatchObject({ code: 7 });
  });

  test("are not passed over in other addresses", async () => {
    for (const path of ["//status", "/status/", "//admin/ledger", "/ping//", "//ping//", "/xping//a"]) {
      const { status } = await app.request(`http://checker.test${path}`, {}, bindings());
      expect([path, status]).toEqual([path, 404]);
    }
  });
});

describe("the text of a ping", () => {
  const posted = (body: BodyInit, headers: Record<string, string>) =>
    ask(`/ping/${KEY}/1`, { method: "POST", body, headers });

  test("is left out where it is compressed, and the ping counts", async () => {
    expect(await posted(new Uint8Array([31, 139, 8, 0]), { "content-encoding": "gzip" })).toBe("200 OK");
    expect(await record()).toMatchObject({ code: 1, output: "" });
  });

  test("of a second ping a moment later is kept", async () => {
    await ask(`/ping/${KEY}/fail`);
    clock.ms += 1_000;
    await ask(`/ping/${KEY}/fail`, { method: "POST", body: "tar: no space left on device" });
    expect(await record()).toMatchObject({ code: -1, output: "tar: no space left on device" });
  });
});

describe("no ping is recorded, and it says so,", () => {
  const notASignal = "400 Give nothing, success, start, fail, log, or an exit code from 0 to 255\n";
  const badRun = "400 rid must be 1 to 64 letters, digits, - and _\n";
  const asked = (path: string, init?: RequestInit) => ask(`/ping/${path}`, init);

  test.each<[string, string, string]>([
    ["256", `${KEY}/256`, notASignal],
    ["-1", `${KEY}/-1`, notASignal],
    ["1.5", `${KEY}/1.5`, notASignal],
    ["finish", `${KEY}/finish`, notASignal],
    ["%00", `${KEY}/%00`, notASignal],
    ["a long one", `${KEY}/${"9".repeat(5_000)}`, notASignal],
    ["a run with blanks", `${KEY}/start?rid=a%20b`, badRun],
    ["a run without a name", `${KEY}/start?rid=`, badRun],
    ["a long run", `${KEY}/start?rid=${"a".repeat(65)}`, badRun],
  ])("of a signal that is none: %s", async (_what, path, answer) => {
    const before = await record();
    expect(await asked(path)).toBe(answer);
    expect(await record()).toEqual(before);
  });

  test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "BREW"])("by %s, whoever sends it", async (method) => {
    for (const path of [KEY, `${KEY}/start`, "x", "x/start"]) {
      const answer = await app.request(`/ping/${path}`, { method }, bindings());
      expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
      expect(await answer.text()).toBe("Method not allowed\n");
    }
    expect(await record()).toMatchObject({ writes: 0 });
  });

  test("to a key that nobody gave out, right signal or wrong, secret or none: all look alike", async () => {
    const other = await pingKey("another secret that is long enough to be one", BACKUP.jobKey);
    const prepare = vi.spyOn(db, "prepare");
    for (const path of [
      other,
      `${other}/start`,
      `${other}/999`,
      KEY.slice(1),
      "0".repeat(46),
      "..%2fadmin",
    ]) {
      expect([path, await ask(`/ping/${path}`)]).toEqual([path, "404 Not found\n"]);
    }
    for (const PING_SECRET of [undefined, "", "short", 7]) {
      expect(await ask(`/ping/${KEY}`, {}, bindings({ PING_SECRET }))).toBe("404 Not found\n");
    }
    for (const path of ["/ping", "/ping/", `/ping/${KEY}/start/more`]) {
      expect([path, await ask(path)]).toEqual([path, "404 Not found\n"]);
    }
    // A stranger costs the database nothing.
    expect(prepare).not.toHaveBeenCalled();
  });

  test("to a heartbeat that no tick has seen", async () => {
    const lost = await pingKey(SECRET, `Heartbeats["lost"]`);
    expect(await ask(`/ping/${lost}`)).toBe(
      "404 No heartbeat is watched under this address; a new one is from the next minute on\n",
    );
  });

  test("while the database is away: it is to be sent again", async () => {
    const gone = {
      prepare: () => {
        throw new Error(`D1_ERROR: no such table: heartbeat for ops@example.com`);
      },
    };
    const answer = await app.request(`/ping/${KEY}`, {}, bindings({ DB: gone }));
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
    expect(await answer.text()).toBe("This ping could not be recorded; send it again\n");
    expectSecurityHeaders(answer.headers);
    // Neither the key nor anything private stands in the log.
    expect(logged.mock.calls).toEqual([
      [
        "GET /ping/:key: DatabaseError: the database does not answer: D1_ERROR: no such table: heartbeat for [address]",
      ],
    ]);
  });

  test("while the database does not answer, after eight seconds", async () => {
    vi.useFakeTimers();
    const asked = Promise.withResolvers<void>();
    const run = (): Promise<never> => {
      asked.resolve();
      return never();
    };
    const DB = { prepare: () => ({ bind: () => ({ run }) }) };
    const asking = app.request(`/ping/${KEY}/fail`, {}, bindings({ DB }));
    await asked.promise;
    await vi.advanceTimersByTimeAsync(8_000);
    expect((await asking).status).toBe(503);
    expect(logged.mock.calls).toEqual([["GET /ping/:key/:signal: the ping was not recorded within 8 s"]]);
  });
});

describe("a script that runs wild", () => {
  test("with equal pings writes one row in twenty seconds, and asks the database 60 times a minute at most", async () => {
    const prepare = vi.spyOn(db, "prepare");
    const answers: string[] = [];
    for (let index = 0; index < 100; index++) {
      clock.ms = NOON + index * 500;
      answers.push(await ask(`/ping/${KEY}`));
    }
    expect(answers.slice(0, 60).every((answer) => answer === "200 OK")).toBe(true);
    const tooOften = "429 This heartbeat is pinged too often; send this ping again in a minute\n";
    expect(answers.slice(60).every((answer) => answer === tooOften)).toBe(true);
    expect((await record())?.writes).toBe(2);
    // One that is written is one query, one that is not are two.
    expect(prepare.mock.calls.length).toBeLessThanOrEqual(2 * 60 + 1);
    expect(warned.mock.calls[0]).toEqual(["A heartbeat is pinged too often"]);
  });

  test("with pings of one kind writes twelve rows a minute, and is told when to come again", async () => {
    for (let index = 0; index < 12; index++) {
      clock.ms = NOON + 1_000 + index * 100;
      expect(await ask(`/ping/${KEY}/log`, { method: "POST", body: `copied ${index}` })).toBe("200 OK");
    }
    clock.ms = NOON + 12_500;
    const refused = await app.request(`/ping/${KEY}/log`, { method: "POST", body: "copied 12" }, bindings());
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "48"]);
    expect(await record()).toMatchObject({ writes: 12, log: "copied 11" });
    clock.ms = NOON + 60_000;
    expect(await ask(`/ping/${KEY}/log`, { method: "POST", body: "copied 13" })).toBe("200 OK");
    expect(await record()).toMatchObject({ writes: 1, log: "copied 13" });
  });

  test("of progress lines does not block the start, the end or the failure after them", async () => {
    for (let index = 0; index < 100; index++) {
      await ask(`/ping/${KEY}/log`, { method: "POST", body: `copied ${index}` });
    }
    expect(await ask(`/ping/${KEY}/start`)).toBe("200 OK");
    expect(await ask(`/ping/${KEY}`)).toBe("200 OK");
    expect(await ask(`/ping/${KEY}/fail`)).toBe("200 OK");
    expect(await record()).toMatchObject({ running: false, code: -1 });
  });

  test.each(["", "/start", "/log", "/7"])(
    "with 200 pings of %j does not block a new verdict",
    async (flood) => {
      for (let index = 0; index < 200; index++) {
        clock.ms = NOON + index * 200;
        await ask(`/ping/${KEY}${flood}`, { method: "POST", body: String(index) });
      }
      const [first, second] = flood === "/7" ? ["/0", "/fail"] : ["/fail", "/0"];
      expect(await ask(`/ping/${KEY}${first}`)).toBe("200 OK");
      expect(await ask(`/ping/${KEY}${second}`)).toBe("200 OK");
      expect((await record())?.writes).toBeLessThanOrEqual(14);
    },
  );

  test("that fails and succeeds in turn writes 25 ends a minute at most, and the last is a failure", async () => {
    const answers: string[] = [];
    for (let index = 0; index < 200; index++) answers.push(await ask(`/ping/${KEY}/${(index + 1) % 2}`));
    expect(answers.slice(0, 24).every((answer) => answer === "200 OK")).toBe(true);
    expect(await record()).toMatchObject({ endWrites: 25, code: 1 });
  });
});
