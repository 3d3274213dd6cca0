import type { Outcome } from "../domain/outcome.ts";
import { TickDecider } from "./decide-tick.ts";
import { findOut, type FindDependencies } from "./find-out.ts";
import { MAX_COMMITS } from "./record-tick.ts";

/** A run that somebody asks for may take as long, ms: he waits for it. */
const ASKED_LIMIT_MS = 60_000;

/**
 * Runs one job at once, because its owner asked for it. It is a run like any other: it counts, decides and tells. But
 * it is no tick: it finishes no slot, leaves no sample, and is no sign that the next tick will come.
 *
 * @param by who asked
 * @returns how it ended; null where there is no such job
 * @throws StoreFault
 */
export async function runAsked(
  dependencies: FindDependencies,
  identity: string,
  by: string,
): Promise<Outcome | null> {
  const { clock, settings, random, store, lastKnown } = dependencies;
  const nowMs = clock.nowMs();
  const endMs = nowMs + ASKED_LIMIT_MS;
  const times = { tickId: "", nowMs, deadlineMs: endMs, minuteDeadlineMs: endMs, hungEveryMinutes: 1 };
  const inPlace = { ...dependencies, shards: null };
  const { findings, probes } = await findOut(inPlace, (job) => job.identity === identity, times);
  const [run] = findings.runs;
  if (run === undefined) return null;
  const { outcome, planned } = run;
  const action = {
    atMs: nowMs,
    kind: "run",
    job: identity,
    name: planned.name,
    detail: outcome.reason === "" ? outcome.status : `${outcome.status}: ${outcome.reason}`,
    by,
  } as const;
  const context = { tickId: "", settings, nowMs, leftMs: () => endMs - clock.nowMs() };
  const decider = new TickDecider(context, random);
  for (let attempt = 1; attempt <= MAX_COMMITS; attempt++) {
    const view = await store.readTick(clock.nowMs());
    lastKnown.remember(view.version, view.states);
    const { counted: _, ...decided } = await decider.decideAsked(
      { ...findings, news: [] },
      view,
      lastKnown.ahead,
    );
    const messages = [...decided.messages, ...probes.messages];
    const commit = { ...decided, version: view.version, messages, probes: probes.probes };
    const result = await store.commit({ ...commit, tick: null, usage: null, action });
    if (result === "committed") return outcome;
  }
  throw new Error(`the run could not be committed: ${MAX_COMMITS} other commits came between`);
}
