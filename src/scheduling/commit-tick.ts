import { MINUTE_MS, type Slot } from "../core/time/frequency.ts";
import { caughtUp } from "./gaps.ts";
import type { Clock } from "../core/ports.ts";
import { historyDetail, newQuotaWarnings, type HistoryDetail } from "../usage/quota.ts";
import { mergeCounters } from "../alerting/job-state.ts";
import type { Settings } from "../core/settings.ts";
import { addToDay } from "../usage/usage.ts";
import type { EvaluatedTick, TickEvaluator } from "./evaluate-tick.ts";
import { quotaNotification, deadMansSwitchNotification } from "./system-notifications.ts";
import type { TickMemory } from "./tick-memory.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import type { SentLoopbacks } from "../self-check/create-loopback.ts";
import type { UsageMeter } from "../usage/usage-meter.ts";
import type { TickRecord } from "./tick-record.ts";
import type { TickStore } from "./ports.ts";
import type { CheckResults } from "./check-results.ts";

/** With little left of the plan's rows, outcomes are kept of every so many-th minute alone. */
const SOME_MINUTES = 5;
/** Attempts to commit. Each failure means that another invocation committed, so the work is going on. */
export const MAX_COMMITS = 8;

interface RecordDependencies {
  readonly settings: Settings;
  readonly store: TickStore;
  readonly clock: Clock;
  readonly memory: TickMemory;
  readonly meter: UsageMeter;
}

/** Decides against the state as it is, and commits; once more where another commit came between. */
export async function commitTick(
  { store, clock, memory, meter, settings }: RecordDependencies,
  decider: TickEvaluator,
  checkResults: Omit<CheckResults, "news">,
  { probes, messages }: SentLoopbacks,
  slots: readonly Slot[],
  times: { readonly scheduledAtMs: number; readonly startedAtMs: number },
): Promise<TickRecord> {
  for (let attempt = 1; attempt <= MAX_COMMITS; attempt++) {
    const view = await store.readTick(clock.nowMs());
    memory.stateCache.remember(view.version, view.states);
    memory.pendingUsage.add(meter.take());
    const used = memory.pendingUsage.take();
    const usage = addToDay(view.usage, times.scheduledAtMs, used);
    memory.usage = usage;
    const near = newQuotaWarnings(usage, settings.plan);
    const told = [...usage.told, ...near.map(({ limit }) => limit.name)];
    const missedPings = memory.deadMansSwitch.pendingAlert();
    const [to, atMs] = [settings.alertContacts, times.scheduledAtMs];
    const news = [
      ...(near.length === 0 ? [] : [quotaNotification(near, settings.plan, to, atMs)]),
      ...(missedPings === null ? [] : [deadMansSwitchNotification(missedPings, to, atMs)]),
    ];
    let committed = false;
    try {
      const { counted, ...decided } = await decider.decide(
        { ...checkResults, news },
        slots,
        view,
        memory.stateCache.uncommitted,
        times.startedAtMs,
      );
      const tick = toTickRecord(counted, decided.completedSlots, times, clock.nowMs());
      const result = await store.commit({
        ...decided,
        ...sampleDown(decided, historyDetail(usage, settings.plan)),
        version: view.version,
        messages: [...decided.messages, ...messages],
        loopbacks: probes,
        tick,
        usage: { ...usage, told },
        action: null,
      });
      committed = result === "committed";
      if (committed) {
        if (missedPings !== null) memory.deadMansSwitch.markNotified();
        const states = new Map([...view.states, ...decided.states, ...decided.churning]);
        memory.stateCache.remember(view.version + 1, mergeCounters(states, decided.failureCounters).states);
        return tick;
      }
    } finally {
      if (!committed) memory.pendingUsage.add(used);
    }
  }
  throw new Error(`the tick could not be committed: ${MAX_COMMITS} other commits came between`);
}

/** Detail goes first, so that the rows that the plan has left are there for alerts. */
function sampleDown(
  { history, changes, decisions }: Pick<EvaluatedTick, "history" | "changes" | "decisions">,
  detail: HistoryDetail,
): Pick<EvaluatedTick, "history" | "changes" | "decisions"> {
  if (detail === "all") return { history, changes, decisions };
  const samples = history.samples.filter(
    ({ atMs }) => detail === "some" && atMs % (SOME_MINUTES * MINUTE_MS) === 0,
  );
  // Jobs for whose state the row of unsettled states has no room are not unsettled, whatever they do.
  const listed = detail === "some" ? { changes, decisions } : { changes: [], decisions: [] };
  return { history: { ...history, samples }, ...listed };
}

function toTickRecord(
  counted: readonly JobRun[],
  slots: readonly Slot[],
  times: { readonly scheduledAtMs: number; readonly startedAtMs: number },
  finishedAtMs: number,
): TickRecord {
  const count = (status: string): number => counted.filter((run) => run.outcome.status === status).length;
  return {
    ...times,
    finishedAtMs,
    frequencies: slots.map((slot) => slot.frequency),
    caughtUp: caughtUp(slots, times.scheduledAtMs),
    jobs: counted.length,
    up: count("up"),
    down: count("down"),
    inconclusive: count("inconclusive"),
  };
}
