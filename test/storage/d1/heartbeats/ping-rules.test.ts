/** How D1 records pings, on SQLite: the statements are those of production. */
import { describe, expect, test } from "vitest";
import { D1PingStore } from "../../../../src/storage/d1/heartbeats/ping-store.ts";
import {
  FAILED_WITHOUT_CODE,
  type Ping,
  type PingResult,
  type PingRecord,
} from "../../../../src/heartbeats/ping.ts";
import { at, FakeRandom } from "../../../support/fakes/ports.ts";
import { sqliteD1 } from "../../../support/d1/sqlite.ts";

const NOON = at("2026-11-23 12:00");
const BACKUP = { id: "backup00000000", jobKey: `Heartbeats["backup"]` };
const START: Ping["kind"] = { kind: "start" };
const LOG: Ping["kind"] = { kind: "log" };
const end = (code: number): Ping["kind"] => ({ kind: "end", code });

/** A ping so many seconds after noon. */
function ping(seconds: number, kind: Ping["kind"], rest: Partial<Ping> = {}): Ping {
  return { kind, runId: null, output: "", atMs: NOON + seconds * 1000, ...rest };
}

interface Recorded {
  readonly record: PingRecord;
  /** Of the last ping. */
  readonly receipt: PingResult | undefined;
}

/** Records these pings of one heartbeat, in this order. */
async function recorded(pings: readonly Ping[]): Promise<Recorded> {
  const store = new D1PingStore(sqliteD1(), new FakeRandom());
  await store.register([BACKUP], [], NOON);
  let receipt: PingResult | undefined;
  for (const one of pings) receipt = await store.recordPing(BACKUP.id, one);
  const record = await store.readPing(BACKUP.id, NOON);
  if (record === null) throw new Error("the heartbeat has no record");
  return { record, receipt };
}

async function after(...pings: readonly Ping[]): Promise<PingRecord> {
  return (await recorded(pings)).record;
}

describe("a recorded run", () => {
  test("has its start, its end, its exit code and its duration", async () => {
    expect(await after(ping(0, START), ping(90, end(3), { output: "no space left" }))).toMatchObject({
      startedAtMs: NOON,
      running: false,
      endedAtMs: NOON + 90_000,
      code: 3,
      durationMs: 90_000,
      output: "no space left",
    });
  });

  test("has no duration if its start is unknown", async () => {
    expect(await after(ping(5, end(0)))).toMatchObject({
      running: false,
      startedAtMs: null,
      code: 0,
      durationMs: null,
    });
    // Nor if an earlier end has used that start.
    expect((await after(ping(0, START), ping(30, end(0)), ping(60, end(0)))).durationMs).toBeNull();
  });

  test("counts from the newer of two starts", async () => {
    const record = await after(ping(0, START), ping(40, START));
    expect(record).toMatchObject({ running: true, startedAtMs: NOON + 40_000 });
    expect((await after(ping(0, START), ping(40, START), ping(50, end(0)))).durationMs).toBe(10_000);
  });

  test("is kept apart by its name when runs overlap", async () => {
    const both = [ping(0, START, { runId: "a" }), ping(30, START, { runId: "b" })];
    const first = await after(...both, ping(60, end(0), { runId: "a" }));
    expect(first).toMatchObject({
      running: true,
      runId: "b",
      code: 0,
      endedAtMs: NOON + 60_000,
      durationMs: null,
    });
    const second = await after(...both, ping(60, end(0), { runId: "a" }), ping(90, end(0), { runId: "b" }));
    expect(second).toMatchObject({ running: false, durationMs: 60_000 });
  });

  test.each([
    ["the start", null, "a"],
    ["the end", "a", null],
  ])("ends also if %s does not name it", async (_which, started, ended) => {
    const record = await after(ping(0, START, { runId: started }), ping(30, end(0), { runId: ended }));
    expect(record).toMatchObject({ running: false, durationMs: 30_000 });
  });

  test("gives an end without output what was logged since the start", async () => {
    const logged = [ping(0, START), ping(10, LOG, { output: "disk full" })];
    expect((await after(...logged, ping(20, end(1)))).output).toBe("disk full");
    expect((await after(...logged, ping(20, end(1), { output: "own words" }))).output).toBe("own words");
    expect((await after(...logged, ping(20, end(1)), ping(60, end(1)))).output).toBe("");
  });

  test("never has a negative duration, even if another machine's clock is behind", async () => {
    expect((await after(ping(0, START), ping(-2, end(0)))).durationMs).toBe(0);
  });
});

describe("a ping that repeats the previous ping", () => {
  test.each<[string, Ping, Ping]>([
    ["a success", ping(0, end(0)), ping(19.9, end(0))],
    ["a failure", ping(0, end(3), { output: "disk full" }), ping(19.9, end(3))],
    ["a failure with its output", ping(0, end(3), { output: "x" }), ping(19.9, end(3), { output: "x" })],
    ["a start", ping(0, START), ping(19.9, START)],
    ["a log without output", ping(0, LOG, { output: "x" }), ping(600, LOG)],
    ["a log with the same output", ping(0, LOG, { output: "x" }), ping(600, LOG, { output: "x" })],
  ])("is accepted and not written again: %s", async (_what, first, second) => {
    expect(await recorded([first, second])).toEqual({ record: await after(first), receipt: "recorded" });
  });

  test.each<[string, readonly Ping[], Ping]>([
    ["after 20 s", [ping(0, end(0))], ping(20, end(0))],
    ["if it has another exit code", [ping(0, end(3))], ping(1, end(4))],
    ["if another end came between", [ping(0, end(0)), ping(1, end(3))], ping(2, end(0))],
    ["if a run began between", [ping(0, end(0)), ping(1, START)], ping(2, end(0))],
    ["if it is of another run", [ping(0, START, { runId: "a" })], ping(1, START, { runId: "b" })],
    ["if a run ended between", [ping(0, START), ping(1, end(0))], ping(2, START)],
  ])("is written %s", async (_when, before, last) => {
    expect(await after(...before, last)).toMatchObject({ writes: before.length + 1 });
  });
});

describe("a second end or start within 20 s", () => {
  test("adds its output to the failure before it, and keeps its time and its duration", async () => {
    const record = await after(ping(0, START), ping(9, end(3)), ping(12, end(3), { output: "disk full" }));
    const end3 = { atMs: NOON + 9_000, durationMs: 9_000 };
    expect(record).toMatchObject({
      endedAtMs: end3.atMs,
      durationMs: 9_000,
      output: "disk full",
      ends: [end3],
    });
    expect(record.unreportedFailure).toEqual({ atMs: end3.atMs, code: 3, output: "disk full" });
  });

  test("keeps the output of the failure before it if it has none, also with another exit code", async () => {
    const record = await after(ping(0, end(FAILED_WITHOUT_CODE), { output: "disk full" }), ping(2, end(2)));
    expect(record).toMatchObject({ code: 2, output: "disk full" });
  });

  test("adds what was logged since", async () => {
    const record = await after(ping(0, end(1)), ping(1, LOG, { output: "disk full" }), ping(2, end(1)));
    expect(record).toMatchObject({ output: "disk full", log: "" });
  });

  test("adds its output to a success or a start", async () => {
    expect((await after(ping(0, end(0)), ping(2, end(0), { output: "3 files" }))).output).toBe("3 files");
    const started = await after(ping(0, START), ping(2, START, { output: "pid 7" }));
    expect(started).toMatchObject({ startedAtMs: NOON, log: "pid 7" });
  });

  test("has its own output if it ends differently, or is of another run", async () => {
    expect((await after(ping(0, end(1), { output: "disk full" }), ping(2, end(0)))).output).toBe("");
    const rerun = [ping(0, end(1), { output: "disk full" }), ping(1, START), ping(2, end(1))];
    expect(await after(...rerun)).toMatchObject({ output: "", durationMs: 1_000 });
  });
});

describe("a failure that no tick has reported", () => {
  const failed = ping(1, end(3), { output: "disk full" });
  const unseen = { atMs: NOON + 1_000, code: 3, output: "disk full" };

  test.each<[string, readonly Ping[]]>([
    ["a success", [ping(2, end(0), { output: "fine" })]],
    ["a success of the same moment", [ping(1, end(0))]],
    ["another start and its success", [ping(2, START), ping(30, end(0))]],
    ["two successes", [ping(2, end(0)), ping(90, end(0))]],
  ])("stays recorded after %s", async (_what, later) => {
    expect(await after(failed, ...later)).toMatchObject({ code: 0, unreportedFailure: unseen });
  });

  test("is replaced by the next failure", async () => {
    const record = await after(failed, ping(2, end(0)), ping(3, end(4)), ping(4, end(0)));
    expect(record.unreportedFailure).toEqual({ atMs: NOON + 3_000, code: 4, output: "" });
  });
});

describe("pings of one heartbeat in one minute", () => {
  const many = (signal: (index: number) => Ping["kind"]): readonly Ping[] =>
    Array.from({ length: 40 }, (_, index) => ping(index, signal(index), { output: String(index) }));

  test("are limited to twelve of each kind, and another twelve in the next minute", async () => {
    const logs = many(() => LOG);
    const full = await after(...logs);
    expect(full).toMatchObject({ writes: 12, log: "11", minute: NOON / 60_000 });
    const more = ping(41, LOG, { output: "new" });
    expect(await recorded([...logs, more])).toEqual({ record: full, receipt: "too often" });
    // A repeated ping writes nothing, so it is no burden.
    const same = ping(41, LOG, { output: "11" });
    expect(await recorded([...logs, same])).toEqual({ record: full, receipt: "recorded" });
    const next = { ...more, atMs: NOON + 60_000 };
    expect(await after(...logs, next)).toMatchObject({ writes: 1, log: "new" });
  });

  test("of one kind leave room for the other kinds", async () => {
    const logs = many(() => LOG);
    expect(await after(...logs, ping(50, START))).toMatchObject({ running: true });
    expect(await after(...logs, ping(50, end(0)))).toMatchObject({ code: 0 });
    expect(await after(...many(() => START), ping(50, end(1)))).toMatchObject({ code: 1 });
  });

  test("that are a flood of successes or failures leave room for the opposite, and for the end of a run", async () => {
    const [successes, failures] = [many(() => end(0)), many(() => end(1))];
    expect(await after(...successes, ping(50, end(1)))).toMatchObject({ code: 1, endWrites: 13 });
    expect(await after(...failures, ping(50, end(0)))).toMatchObject({ code: 0, endWrites: 13 });
    const rerun = [ping(50, START), ping(51, end(0))];
    expect(await after(...successes, ...rerun)).toMatchObject({ running: false, endWrites: 13 });
  });

  test("that alternate between success and failure are 25 writes at most, the last of them a failure", async () => {
    const alternating = many((index) => end((index + 1) % 2));
    expect(await after(...alternating)).toMatchObject({ endWrites: 25, code: 1 });
    expect((await recorded([...alternating, ping(50, end(0))])).receipt).toBe("too often");
  });
});
