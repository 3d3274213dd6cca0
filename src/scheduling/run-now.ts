import type { Outcome } from "../core/outcome.ts";
import { TickEvaluator } from "./evaluate-tick.ts";
import { runChecks, type CheckDependencies } from "./run-checks.ts";
import { MAX_COMMITS } from "./commit-tick.ts";

/** A run that somebody asks for may take as long, ms: he waits for it. */
const MANUAL_RUN_LIMIT_MS = 60_000;

/**
 * Runs one job at once, because its owner asked for it. It is a run like any other: it counts, decides and tells. But
 * it is no tick: it finishes no slot, leaves no sample, and is no sign that the next tick will come.
 *
 * @param by who asked
 * @returns how it ended; null where there is no such job
 * @throws DatabaseError
 */
export async function runNow(
  dependencies: CheckDependencies,
  jobKey: string,
  by: string,
): Promise<Outcome | null> {
  const { clock, settings, random, store, memory } = dependencies;
  const nowMs = clock.nowMs();
  const endMs = nowMs + MANUAL_RUN_LIMIT_MS;
  const times = { tickId: "", nowMs, deadlineMs: endMs, minuteDeadlineMs: endMs, hungEveryMinutes: 1 };
  const inPlace = { ...dependencies, shards: null };
  const { checkResults, probes } = await runChecks(inPlace, (job) => job.jobKey === jobKey, times);
  const [run] = checkResults.runs;
  if (run === undefined) return null;
  const { outcome, definition } = run;
  const action = {
    atMs: nowMs,
    kind: "run",
    jobKey,
    name: definition.name,
    detail: outcome.reason === "" ? outcome.status : `${outcome.status}: ${outcome.reason}`,
    by,
  } as const;
  const context = { tickId: "", settings, nowMs, leftMs: () => endMs - clock.nowMs() };
  const decider = new TickEvaluator(context, random);
  for (let attempt = 1; attempt <= MAX_COMMITS; attempt++) {
    const view = await store.readTick(clock.nowMs());
    memory.stateCache.remember(view.version, view.states);
    const { counted: _, ...decided } = await decider.evaluateManualRun(
      { ...checkResults, news: [] },
      view,
      memory.stateCache.uncommitted,
    );
    const messages = [...decided.messages, ...probes.messages];
    const commit = { ...decided, version: view.version, messages, loopbacks: probes.probes };
    const result = await store.commit({ ...commit, tick: null, usage: null, action });
    if (result === "committed") return outcome;
  }
  throw new Error(`the run could not be committed: ${MAX_COMMITS} other commits came between`);
}
