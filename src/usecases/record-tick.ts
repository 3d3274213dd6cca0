import { MINUTE_MS, type Slot } from "../domain/frequency.ts";
import { caughtUp } from "../domain/ledger.ts";
import type { Clock, Store, TickRecord } from "../domain/ports.ts";
import { historyDetail, newlyNear, type HistoryDetail } from "../domain/budget.ts";
import { withCounts } from "../domain/job-state.ts";
import type { Settings } from "../domain/settings.ts";
import { addToDay } from "../domain/usage.ts";
import type { DecidedTick, TickDecider, TickFindings } from "./decide-tick.ts";
import { budgetTelling, deadManTelling } from "./instance-news.ts";
import type { LastKnown } from "./last-known.ts";
import type { JobRun } from "./run-jobs.ts";
import type { MailedProbes } from "./mail-probe.ts";
import type { Meter } from "./meter.ts";

/** With little left of the plan's rows, outcomes are kept of every so many-th minute alone. */
const SOME_MINUTES = 5;
/** Attempts to commit. Each failure means that another invocation committed, so the work is going on. */
export const MAX_COMMITS = 8;

interface RecordDependencies {
  readonly settings: Settings;
  readonly store: Store;
  readonly clock: Clock;
  readonly lastKnown: LastKnown;
  readonly meter: Meter;
}

/** Decides against the state as it is, and commits; once more where another commit came between. */
export async function recordTick(
  { store, clock, lastKnown, meter, settings }: RecordDependencies,
  decider: TickDecider,
  findings: Omit<TickFindings, "news">,
  { probes, messages }: MailedProbes,
  slots: readonly Slot[],
  times: { readonly scheduledAtMs: number; readonly startedAtMs: number },
): Promise<TickRecord> {
  for (let attempt = 1; attempt <= MAX_COMMITS; attempt++) {
    const view = await store.readTick(clock.nowMs());
    lastKnown.remember(view.version, view.states);
    lastKnown.unrecorded.add(meter.take());
    const used = lastKnown.unrecorded.take();
    const usage = addToDay(view.usage, times.scheduledAtMs, used);
    lastKnown.usage = usage;
    const near = newlyNear(usage, settings.plan);
    const told = [...usage.told, ...near.map(({ limit }) => limit.name)];
    const unheard = lastKnown.deadMan.toTell();
    const [to, atMs] = [settings.alertContacts, times.scheduledAtMs];
    const news = [
      ...(near.length === 0 ? [] : [budgetTelling(near, settings.plan, to, atMs)]),
      ...(unheard === null ? [] : [deadManTelling(unheard, to, atMs)]),
    ];
    let committed = false;
    try {
      const { counted, ...decided } = await decider.decide(
        { ...findings, news },
        slots,
        view,
        lastKnown.ahead,
        times.startedAtMs,
      );
      const tick = recordOf(counted, decided.slotsDone, times, clock.nowMs());
      const result = await store.commit({
        ...decided,
        ...thinned(decided, historyDetail(usage, settings.plan)),
        version: view.version,
        messages: [...decided.messages, ...messages],
        probes,
        tick,
        usage: { ...usage, told },
        action: null,
      });
      committed = result === "committed";
      if (committed) {
        if (unheard !== null) lastKnown.deadMan.told();
        const states = new Map([...view.states, ...decided.states, ...decided.unsettled]);
        lastKnown.remember(view.version + 1, withCounts(states, decided.counts).states);
        return tick;
      }
    } finally {
      if (!committed) lastKnown.unrecorded.add(used);
    }
  }
  throw new Error(`the tick could not be committed: ${MAX_COMMITS} other commits came between`);
}

/** Detail goes first, so that the rows that the plan has left are there for alerts. */
function thinned(
  { history, changes, decisions }: Pick<DecidedTick, "history" | "changes" | "decisions">,
  detail: HistoryDetail,
): Pick<DecidedTick, "history" | "changes" | "decisions"> {
  if (detail === "all") return { history, changes, decisions };
  const samples = history.samples.filter(
    ({ atMs }) => detail === "some" && atMs % (SOME_MINUTES * MINUTE_MS) === 0,
  );
  // Jobs for whose state the row of unsettled states has no room are not unsettled, whatever they do.
  const listed = detail === "some" ? { changes, decisions } : { changes: [], decisions: [] };
  return { history: { ...history, samples }, ...listed };
}

function recordOf(
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
