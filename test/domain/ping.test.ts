import { describe, expect, test } from "vitest";
import {
  afterPing,
  FAILED,
  newRecord,
  parseSignal,
  type Ping,
  type PingRecord,
} from "../../src/domain/ping.ts";
import { at } from "../support/fakes.ts";

const NOON = at("2026-11-23 12:00");
const START: Ping["signal"] = { kind: "start" };
const LOG: Ping["signal"] = { kind: "log" };
const end = (code: number): Ping["signal"] => ({ kind: "end", code });

/** A ping so many seconds after noon. */
function ping(seconds: number, signal: Ping["signal"], rest: Partial<Ping> = {}): Ping {
  return { signal, run: null, output: "", atMs: NOON + seconds * 1000, ...rest };
}

/** What a record of noon becomes, ping by ping; what is not written changes nothing. */
function after(...pings: readonly Ping[]): PingRecord {
  return pings.reduce((record, one) => {
    const next = afterPing(record, one);
    return typeof next === "string" ? record : next;
  }, newRecord(NOON));
}

describe("what stands after the key", () => {
  test.each([
    ["", end(0)],
    ["success", end(0)],
    ["start", START],
    ["fail", end(FAILED)],
    ["log", LOG],
    ["0", end(0)],
    ["1", end(1)],
    ["137", end(137)],
    ["255", end(255)],
  ])("as %j is understood", (text, signal) => {
    expect(parseSignal(text)).toEqual(signal);
  });

  test.each(["256", "-1", "1.5", "01", "00", "1e2", " 1", "0x1", "START", "finish", "٣", "9".repeat(400)])(
    "as %j is not",
    (text) => {
      expect(parseSignal(text)).toBeNull();
    },
  );
});

describe("a record", () => {
  test("of a run has its start, its end, its code and how long it took", () => {
    expect(after(ping(0, START), ping(90, end(3), { output: "no space left" }))).toMatchObject({
      startedAtMs: NOON,
      running: false,
      endedAtMs: NOON + 90_000,
      code: 3,
      tookMs: 90_000,
      output: "no space left",
    });
  });

  test("of an end without a start does not know how long it took", () => {
    expect(after(ping(5, end(0)))).toMatchObject({
      running: false,
      startedAtMs: null,
      code: 0,
      tookMs: null,
    });
    // Nor does one whose start another end has had.
    expect(after(ping(0, START), ping(30, end(0)), ping(60, end(0))).tookMs).toBeNull();
  });

  test("of two starts counts from the newer one", () => {
    const record = after(ping(0, START), ping(40, START));
    expect(record).toMatchObject({ running: true, startedAtMs: NOON + 40_000 });
    expect(after(ping(0, START), ping(40, START), ping(50, end(0))).tookMs).toBe(10_000);
  });

  test("of runs that overlap keeps apart those that have names", () => {
    const both = [ping(0, START, { run: "a" }), ping(30, START, { run: "b" })];
    const first = after(...both, ping(60, end(0), { run: "a" }));
    expect(first).toMatchObject({ running: true, run: "b", code: 0, endedAtMs: NOON + 60_000, tookMs: null });
    const second = after(...both, ping(60, end(0), { run: "a" }), ping(90, end(0), { run: "b" }));
    expect(second).toMatchObject({ running: false, tookMs: 60_000 });
  });

  test.each([
    ["the start", null, "a"],
    ["the end", "a", null],
  ])("takes a run that only %s does not name for the same", (_which, started, ended) => {
    const record = after(ping(0, START, { run: started }), ping(30, end(0), { run: ended }));
    expect(record).toMatchObject({ running: false, tookMs: 30_000 });
  });

  test("gives an end without a text what was logged since the start", () => {
    const logged = [ping(0, START), ping(10, LOG, { output: "disk full" })];
    expect(after(...logged, ping(20, end(1))).output).toBe("disk full");
    expect(after(...logged, ping(20, end(1), { output: "own words" })).output).toBe("own words");
    expect(after(...logged, ping(20, end(1)), ping(60, end(1))).output).toBe("");
  });

  test("never has a run that took less than nothing, when another machine's clock is behind", () => {
    expect(after(ping(0, START), ping(-2, end(0))).tookMs).toBe(0);
  });
});

describe("a ping that says what the one before it said", () => {
  test.each<[string, Ping, Ping]>([
    ["a success", ping(0, end(0)), ping(19.9, end(0))],
    ["a failure", ping(0, end(3), { output: "disk full" }), ping(19.9, end(3))],
    ["a failure with its text", ping(0, end(3), { output: "x" }), ping(19.9, end(3), { output: "x" })],
    ["a start", ping(0, START), ping(19.9, START)],
    ["a log without a text", ping(0, LOG, { output: "x" }), ping(600, LOG)],
    ["a text", ping(0, LOG, { output: "x" }), ping(600, LOG, { output: "x" })],
  ])("is not written again: %s", (_what, first, second) => {
    expect(afterPing(after(first), second)).toBe("same");
  });

  test.each<[string, readonly Ping[], Ping]>([
    ["after 20 s", [ping(0, end(0))], ping(20, end(0))],
    ["with another code", [ping(0, end(3))], ping(1, end(4))],
    ["when another came between", [ping(0, end(0)), ping(1, end(3))], ping(2, end(0))],
    ["when a run began between", [ping(0, end(0)), ping(1, START)], ping(2, end(0))],
    ["of another run", [ping(0, START, { run: "a" })], ping(1, START, { run: "b" })],
    ["of a run that ended between", [ping(0, START), ping(1, end(0))], ping(2, START)],
  ])("is written %s", (_when, before, last) => {
    expect(afterPing(after(...before), last)).toMatchObject({
      writes: before.length + (last.atMs < NOON + 60_000 ? 1 : 0),
    });
  });
});

describe("a second ping within 20 s", () => {
  test("adds its text to the failure before it, and keeps its time and its duration", () => {
    const record = after(ping(0, START), ping(9, end(3)), ping(12, end(3), { output: "disk full" }));
    const end3 = { atMs: NOON + 9_000, tookMs: 9_000 };
    expect(record).toMatchObject({ endedAtMs: end3.atMs, tookMs: 9_000, output: "disk full", ends: [end3] });
    expect(record.unseenFailure).toEqual({ atMs: end3.atMs, code: 3, output: "disk full" });
  });

  test("without a text keeps that of the failure before it, also with another exit code", () => {
    const record = after(ping(0, end(FAILED), { output: "disk full" }), ping(2, end(2)));
    expect(record).toMatchObject({ code: 2, output: "disk full" });
  });

  test("adds what was logged since", () => {
    const record = after(ping(0, end(1)), ping(1, LOG, { output: "disk full" }), ping(2, end(1)));
    expect(record).toMatchObject({ output: "disk full", log: "" });
  });

  test("adds its text to a success or a start", () => {
    expect(after(ping(0, end(0)), ping(2, end(0), { output: "3 files" })).output).toBe("3 files");
    const started = after(ping(0, START), ping(2, START, { output: "pid 7" }));
    expect(started).toMatchObject({ startedAtMs: NOON, log: "pid 7" });
  });

  test("of the other verdict or of another run has its own text", () => {
    expect(after(ping(0, end(1), { output: "disk full" }), ping(2, end(0))).output).toBe("");
    const rerun = [ping(0, end(1), { output: "disk full" }), ping(1, START), ping(2, end(1))];
    expect(after(...rerun)).toMatchObject({ output: "", tookMs: 1_000 });
  });
});

describe("a failure", () => {
  const failed = ping(1, end(3), { output: "disk full" });
  const unseen = { atMs: NOON + 1_000, code: 3, output: "disk full" };

  test.each<[string, readonly Ping[]]>([
    ["a success", [ping(2, end(0), { output: "fine" })]],
    ["a success of the same moment", [ping(1, end(0))]],
    ["another start and its success", [ping(2, START), ping(30, end(0))]],
    ["two successes", [ping(2, end(0)), ping(90, end(0))]],
  ])("stays known after %s", (_what, later) => {
    const record = after(failed, ...later);
    expect(record).toMatchObject({ code: 0, unseenFailure: unseen });
  });

  test("makes way for the next failure", () => {
    const record = after(failed, ping(2, end(0)), ping(3, end(4)), ping(4, end(0)));
    expect(record.unseenFailure).toEqual({ atMs: NOON + 3_000, code: 4, output: "" });
  });
});

describe("in one minute of one heartbeat", () => {
  const many = (signal: (index: number) => Ping["signal"]): PingRecord =>
    after(...Array.from({ length: 40 }, (_, index) => ping(index, signal(index), { output: String(index) })));

  test("twelve pings of a kind are written, and more again in the next", () => {
    const record = many(() => LOG);
    expect(record).toMatchObject({ writes: 12, log: "11", minute: NOON / 60_000 });
    expect(afterPing(record, ping(41, LOG, { output: "new" }))).toBe("too often");
    // What tells nothing new is no burden.
    expect(afterPing(record, ping(41, LOG, { output: "11" }))).toBe("same");
    expect(afterPing(record, ping(60, LOG, { output: "new" }))).toMatchObject({ writes: 1, log: "new" });
  });

  test("no kind uses up the room of another", () => {
    const logged = many(() => LOG);
    expect(afterPing(logged, ping(50, START))).toMatchObject({ running: true });
    expect(afterPing(logged, ping(50, end(0)))).toMatchObject({ code: 0 });
    expect(
      afterPing(
        many(() => START),
        ping(50, end(1)),
      ),
    ).toMatchObject({ code: 1 });
  });

  test("a flood of one verdict leaves room for the other, and for the end of a run", () => {
    expect(
      afterPing(
        many(() => end(0)),
        ping(50, end(1)),
      ),
    ).toMatchObject({ code: 1, endWrites: 13 });
    expect(
      afterPing(
        many(() => end(1)),
        ping(50, end(0)),
      ),
    ).toMatchObject({ code: 0, endWrites: 13 });
    const started = afterPing(
      many(() => end(0)),
      ping(50, START),
    );
    if (typeof started === "string") throw new Error(started);
    expect(afterPing(started, ping(51, end(0)))).toMatchObject({ running: false });
  });

  test("verdicts in turn are 25 writes at most, and a failure has the last word", () => {
    const record = many((index) => end((index + 1) % 2));
    expect(record).toMatchObject({ endWrites: 25, code: 1 });
    expect(afterPing(record, ping(50, end(0)))).toBe("too often");
  });
});
