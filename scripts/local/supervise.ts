import { errorText } from "../../src/core/text.ts";

export interface Mortal {
  /** Why it ended, once it has. Never rejects. */
  readonly died: Promise<string>;
}

export interface SuperviseOptions<S extends Mortal> {
  /** Runs already. */
  readonly first: S;
  /** Rejects when the next one can not be started, which counts as one more death. */
  readonly restart: () => Promise<S>;
  /** Once aborted, nothing is started any more. */
  readonly signal: AbortSignal;
  readonly onDeath: (why: string) => void;
  readonly onRestart: (tookMs: number) => void;
  /** Deaths after which it is given up, unless one that lived for `stableMs` comes between. */
  readonly maxDeaths?: number;
  readonly stableMs?: number;
}

export interface Supervisor<S> {
  /** The one that runs, or the next one, once it does. Never settles when there is none any more. */
  current(): Promise<S>;
  /** Whether one runs, as far as is known. */
  isUp(): boolean;
  /** Resolves with the reason, in words for a person, when no other is started. Never rejects. */
  readonly gaveUp: Promise<string>;
}

/** Starts a server again whenever it dies, unless it does little but die. */
export function supervise<S extends Mortal>(options: SuperviseOptions<S>): Supervisor<S> {
  const { first, restart, signal, onDeath, onRestart, maxDeaths = 3, stableMs = 60_000 } = options;
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<string>();
  let deaths = 0;
  let running: Promise<S> = Promise.resolve<S>(first);
  let isUp = true;

  /** Tries until one runs; never settles when that is not wanted any more. */
  async function startNext(why: string): Promise<S> {
    if (signal.aborted) return never();
    deaths += 1;
    if (deaths >= maxDeaths) {
      giveUp(
        `${why}; ${deaths} times now with less than ${stableMs / 1000} s of running in between, so it is not ` +
          "started again. Look for the reason in the lines above, then run npm start",
      );
      return never();
    }
    onDeath(why);
    try {
      return await restart();
    } catch (thrown) {
      return startNext(errorText(thrown));
    }
  }

  async function keep(): Promise<never> {
    for (let server = first; ; isUp = true) {
      const upSinceMs = performance.now();
      const why = await server.died;
      isUp = false;
      const diedAtMs = performance.now();
      if (diedAtMs - upSinceMs >= stableMs) deaths = 0;
      running = startNext(why);
      server = await running;
      onRestart(performance.now() - diedAtMs);
    }
  }

  return { current: () => running, isUp: () => isUp, gaveUp: Promise.race([gaveUp, keep()]) };
}

function never(): Promise<never> {
  return new Promise(() => undefined);
}
