import { setTimeout as sleep } from "node:timers/promises";
import type { StateFolder } from "../local/state-folder.ts";
import { collectEvidence } from "./evidence.ts";
import { RECIPIENTS, startInstance } from "./instance.ts";
import { seededRandom } from "./random.ts";
import { judge, type Verdict } from "./verdict.ts";
import { startWorld, TARGETS } from "./world.ts";

export interface SoakOptions {
  /** Real time, after which no further minute is begun. */
  readonly minutes: number;
  readonly seed: number;
  readonly port: number;
  /** The project. */
  readonly root: string;
}

export interface SoakResult extends Verdict {
  readonly fired: number;
  readonly committed: number;
  readonly kills: number;
  readonly outages: number;
}

const MINUTE_MS = 60_000;
/** Of a hundred minutes so many see a kill, a doubled event, and none at all. */
const CHANCES = { kill: 0.12, doubled: 0.1, missing: 0.04 };
/** A tick takes about so long here; the kill comes at any moment of it. */
const KILL_WITHIN_MS = 500;
/** After the last minute the mail that waits gets time, in leaps: attempts are an hour apart at most. */
const LEAPS = 10;
const LEAP_MS = 10 * MINUTE_MS;

/** Lives through minutes as fast as they go, killing the runtime at random, and judges what came of it. */
export async function soak(
  options: SoakOptions,
  folder: StateFolder,
  onProgress: (text: string) => void,
): Promise<SoakResult> {
  const random = seededRandom(options.seed);
  // Streams of their own: how often mail is tried must not change which targets fail.
  const world = await startWorld(seededRandom(options.seed + 1), seededRandom(options.seed + 2));
  const instance = await startInstance(options.root, folder, options.port, {
    url: world.url,
    targets: TARGETS,
  });
  let fired = 0;
  let kills = 0;
  const fire = async (minuteMs: number): Promise<void> => {
    fired += 1;
    // Whether it died or was refused: what counts is what is found in the end.
    await instance.fire(minuteMs).catch(() => undefined);
  };
  const live = async (minuteMs: number): Promise<void> => {
    world.enter(minuteMs, false);
    const [missing, doubled, killed, moment, again] = [random(), random(), random(), random(), random()];
    if (missing < CHANCES.missing) return;
    const events = [fire(minuteMs)];
    if (doubled < CHANCES.doubled) events.push(fire(minuteMs));
    if (killed < CHANCES.kill) {
      await sleep(moment * KILL_WITHIN_MS);
      instance.kill();
      kills += 1;
    }
    await Promise.all(events);
    await instance.revive();
    // The platform may fire an event again whose invocation died.
    if (killed < CHANCES.kill && again < 0.5) await fire(minuteMs);
  };

  try {
    let minuteMs = Math.floor(Date.now() / (60 * MINUTE_MS)) * 60 * MINUTE_MS;
    const endMs = performance.now() + options.minutes * 60_000;
    for (let lived = 1; performance.now() < endMs; lived++) {
      await live(minuteMs);
      await instance.collect();
      minuteMs += MINUTE_MS;
      if (lived % 50 === 0) onProgress(`${lived} minutes lived, ${kills} kills, ${world.outages()} outages`);
    }
    for (let leap = 0; leap < LEAPS; leap++) {
      world.enter(minuteMs, true);
      await fire(minuteMs);
      await instance.collect();
      minuteMs += LEAP_MS;
    }
  } finally {
    await instance.stop();
    await world.close();
  }
  const evidence = collectEvidence(folder);
  const verdict = judge({ ...evidence, history: world.history, recipients: RECIPIENTS });
  return { ...verdict, fired, committed: evidence.committed.length, kills, outages: world.outages() };
}
