import { expect, test } from "vitest";
import type { ReportAnswer } from "../../../scripts/local/local-worker.ts";
import { createWatch, type Watch } from "../../../scripts/local/watch.ts";
import type { ReportFrom } from "../../../src/status/ports.ts";

/** A Worker whose report holds at most two ticks. */
class FakeWorker {
  ticks = 0;
  gaps = 0;
  word = "JobProblem";
  reachable = true;
  status(): Promise<string> {
    return this.reachable ? Promise.resolve(this.word) : Promise.reject(new Error("ECONNREFUSED"));
  }
  report(from: ReportFrom): Promise<ReportAnswer> {
    if (!this.reachable) return Promise.reject(new Error("ECONNREFUSED"));
    const ids = Array.from({ length: this.ticks }, (_, i) => i + 1).filter((id) => id > from.tick);
    const tick = { scheduledAtMs: 0, startedAtMs: 0, finishedAtMs: 0, frequencies: [], caughtUp: [] };
    const counts = { jobs: 0, up: 0, down: 0, inconclusive: 0 };
    return Promise.resolve({
      ticks: ids.slice(0, 2).map((id) => ({ id, ...tick, ...counts })),
      changes: [],
      gaps: Array.from({ length: this.gaps }, (_, i) => i + 1)
        .filter((id) => id > from.gap)
        .map((id) => ({ id, frequency: "MINUTE", fromMs: 0, toMs: 0, slots: 1 })),
      status: { status: this.word, reason: `why ${this.word}` },
    });
  }
}

function follow(worker: FakeWorker): { watch: Watch; told: string[] } {
  const told: string[] = [];
  const watch = createWatch({
    worker,
    onTick: ({ id }) => told.push(`tick ${id}`),
    onChange: ({ id }) => told.push(`change ${id}`),
    onGap: ({ id }) => told.push(`gap ${id}`),
    onStatus: (before, now, reason) => told.push(`${before} → ${now} (${reason})`),
  });
  return { watch, told };
}

test("what an earlier run has shown is passed over, what is new is told once, before the status", async () => {
  const worker = new FakeWorker();
  worker.ticks = 5;
  const { watch, told } = follow(worker);
  await watch.skipPast();
  worker.ticks = 10;
  await Promise.all([watch.look(), watch.look()]);
  worker.word = "True";
  worker.ticks = 11;
  await watch.tellTicks();
  await watch.look();
  await watch.look();
  expect(told).toEqual([
    "tick 6",
    "tick 7",
    "tick 8",
    "tick 9",
    "tick 10",
    "null → JobProblem (why JobProblem)",
    "tick 11",
    "JobProblem → True (why True)",
  ]);
});

test("a status is told with its reason, also when it changes while the Worker is asked", async () => {
  const worker = new FakeWorker();
  worker.word = "MailProblem";
  // An answer of the moment before.
  worker.status = () => Promise.resolve("JobProblem");
  const { watch, told } = follow(worker);
  await watch.look();
  expect(told).toEqual(["null → MailProblem (why MailProblem)"]);
});

test("a Worker that does not answer is a status of its own, and what it did meanwhile is told later", async () => {
  const worker = new FakeWorker();
  const { watch, told } = follow(worker);
  await watch.look();
  worker.reachable = false;
  await expect(watch.look()).rejects.toThrow("ECONNREFUSED");
  await expect(watch.look()).rejects.toThrow("ECONNREFUSED");
  worker.reachable = true;
  worker.ticks = 1;
  await watch.look();
  expect(told).toEqual([
    "null → JobProblem (why JobProblem)",
    "JobProblem → no answer (null)",
    "tick 1",
    "no answer → JobProblem (why JobProblem)",
  ]);
});

test("a gap is told once, after the tick that found it, whose line has the earlier time", async () => {
  const worker = new FakeWorker();
  const { watch, told } = follow(worker);
  await watch.skipPast();
  worker.ticks = 1;
  worker.gaps = 1;
  await watch.tellTicks();
  await watch.tellTicks();
  expect(told).toEqual(["tick 1", "gap 1"]);
});
