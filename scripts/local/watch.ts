import type { LocalWorker, ReportAnswer } from "./local-worker.ts";

export interface WatchOptions {
  readonly worker: Pick<LocalWorker, "status" | "report">;
  readonly onTick: (tick: ReportAnswer["ticks"][number]) => void;
  readonly onChange: (change: ReportAnswer["changes"][number]) => void;
  readonly onGap: (gap: ReportAnswer["gaps"][number]) => void;
  /**
   * `/status` answers something else than before.
   *
   * @param before null at the first look
   * @param reason why it is not well, null where that is not known
   */
  readonly onStatus: (before: string | null, now: string, reason: string | null) => void;
}

export interface Watch {
  /** Passes over what an earlier run has already shown. Call it before anything new can happen. */
  skipPast(): Promise<void>;
  /** Tells new ticks, gaps and changes. Rejects when the Worker does not answer; nothing is lost by that. */
  tellTicks(): Promise<void>;
  /** Tells new ticks, gaps and changes, and the status if it changed. Rejects when the Worker does not answer; nothing is lost by that. */
  look(): Promise<void>;
}

export function createWatch({ worker, onTick, onChange, onGap, onStatus }: WatchOptions): Watch {
  let from = { tick: 0, change: 0, gap: 0 };
  let shownStatus: string | null = null;

  /** Reads until there is nothing more, as a report is limited in length, and gives the last one. */
  async function readNew(tell: boolean): Promise<ReportAnswer> {
    for (;;) {
      const report = await worker.report(from);
      const { ticks, changes, gaps } = report;
      if (ticks.length === 0 && changes.length === 0 && gaps.length === 0) return report;
      from = {
        tick: ticks.at(-1)?.id ?? from.tick,
        change: changes.at(-1)?.id ?? from.change,
        gap: gaps.at(-1)?.id ?? from.gap,
      };
      if (!tell) continue;
      // A tick's line bears the time at which it ended, the others that at which they are told.
      ticks.forEach(onTick);
      gaps.forEach(onGap);
      changes.forEach(onChange);
    }
  }

  function tellStatus(now: string, reason: string | null): void {
    if (now === shownStatus) return;
    const before = shownStatus;
    shownStatus = now;
    onStatus(before, now, reason);
  }

  async function lookNow(): Promise<void> {
    try {
      // Ticks and changes come first: they explain the status. It is that of the same moment.
      const { status } = await readNew(true);
      tellStatus(status.status, status.reason);
    } catch (thrown) {
      tellStatus(await worker.status().catch(() => "no answer"), null);
      throw thrown;
    }
  }

  // One at a time, or two looks would tell the same tick.
  let last: Promise<unknown> = Promise.resolve();
  async function inTurn(task: () => Promise<unknown>): Promise<void> {
    last = last.then(task, task);
    await last;
  }
  return {
    skipPast: () => inTurn(() => readNew(false)),
    tellTicks: () => inTurn(() => readNew(true)),
    look: () => inTurn(lookNow),
  };
}
