import { setTimeout as sleep } from "node:timers/promises";
import { errorText } from "../../src/core/text.ts";
import type { Fire } from "./clock.ts";
import { ErrorEscaped, type LocalWorker } from "./local-worker.ts";

export interface EventsOptions {
  readonly worker: Pick<LocalWorker, "runScheduled">;
  /** Whether the Worker's files can not be built at the moment. Never settles when there is no server any more. */
  readonly buildIsBroken: () => Promise<boolean>;
  /** Wrong settings keep the Worker from checking anything, and that was told. */
  readonly keepsFromRunning: () => boolean;
  /** Called once an event is over, however it went, and not for one that was not fired. Must not reject. */
  readonly onEnd: () => Promise<void>;
  readonly onError: (text: string) => void;
  /** Called for the first event that is not fired because of a broken build, and not again until one is. */
  readonly onHeld: (text: string) => void;
  /** A settings file that has changed is judged within this. */
  readonly settledAfterMs: number;
}

export interface Events {
  readonly fire: Fire;
  /** Resolves when every event that was fired so far is over. */
  settled(): Promise<void>;
}

/** Fires cron events at the Worker, and tells of those that fail what is not told elsewhere. */
export function createEvents(options: EventsOptions): Events {
  const { worker, buildIsBroken, keepsFromRunning, onEnd, onError, onHeld, settledAfterMs } = options;
  const underWay = new Set<Promise<void>>();
  let isHeld = false;

  async function run(cron: string, scheduledAtMs: number): Promise<void> {
    // wrangler keeps requests until the Worker is built again: an hour's events would run at one moment.
    if (await buildIsBroken()) {
      if (!isHeld) onHeld("no cron events are fired until the Worker is built again; it then tells the gap");
      isHeld = true;
      return;
    }
    isHeld = false;
    try {
      await worker.runScheduled(cron, scheduledAtMs);
    } catch (thrown) {
      await tellFailure(cron, thrown);
    }
    await onEnd();
  }

  async function tellFailure(cron: string, thrown: unknown): Promise<void> {
    // wrangler has printed it.
    if (thrown instanceof ErrorEscaped) return;
    // A person is told why when the file changes, which may have been a moment ago.
    if (!keepsFromRunning()) await sleep(settledAfterMs);
    if (keepsFromRunning()) return;
    onError(`the event of "${cron}" failed: ${errorText(thrown)}`);
  }

  return {
    fire(cron, scheduledAtMs) {
      const event = run(cron, scheduledAtMs).finally(() => underWay.delete(event));
      underWay.add(event);
    },
    async settled() {
      await Promise.all(underWay);
    },
  };
}
