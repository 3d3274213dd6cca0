/** Lets happenings happen, one after the other, and the world come to rest in the end. */
import type { OutboxEntry } from "../../../src/mail/outbox.ts";
import type { Happening } from "./happenings.ts";
import type { ModelWorld } from "./world.ts";

const MINUTE_MS = 60_000;
/** A cron event comes so much later than its time, ms. */
const USUAL_DELAY_MS = 2_000;
/** Writes that were given up have reached the database by then, ms. */
const LATE_WRITES_MS = 91_000;
/** More than it takes: what goes out alone may have to wait an hour for the mail before. */
const MAX_DELIVERIES = 300;

/** All of them, or up to the first that shows something wrong; see the world's violations. */
export async function live(world: ModelWorld, happenings: readonly Happening[]): Promise<void> {
  for (const happening of happenings) {
    await happen(world, happening);
    world.checkLimits();
    if (world.violations.length > 0) return;
  }
  await comeToRest(world);
}

async function happen(world: ModelWorld, happening: Happening): Promise<void> {
  const { calls, time } = world;
  switch (happening.what) {
    case "a cron event comes":
      return world.event(minuteOf(time.nowMs) - happening.minutesLate * MINUTE_MS, happening.runtime);
    case "a call is answered": {
      const call = calls.waiting[happening.which % calls.waiting.length];
      return call === undefined ? undefined : calls.answer(call, happening.how);
    }
    case "all goes on":
      return world.goesOn(happening.order);
    case "time passes":
      return time.passUntil(time.nowMs + happening.seconds * 1_000);
    case "minutes go by":
      for (let count = 0; count < happening.count; count++) await minute(world, happening.order);
      return undefined;
    case "somebody dies": {
      const { which, runtime, arrives } = happening;
      if (runtime) return world.runtimeDies(which % 2, arrives);
      return world.die(world.alive.slice(which % world.alive.length).slice(0, 1), arrives);
    }
    case "the weather changes":
      world.weather = happening.weather;
      return calls.tell(`the weather changes: ${JSON.stringify(happening.weather)}`);
    case "a job file breaks, or is mended":
      world.fileIsBroken = !world.fileIsBroken;
      return undefined;
  }
}

/** As it should be: an event comes for the next minute, and all goes on until it ends. */
async function minute(world: ModelWorld, order: number): Promise<void> {
  const scheduledAtMs = minuteOf(world.time.nowMs) + MINUTE_MS;
  await world.time.passUntil(scheduledAtMs + USUAL_DELAY_MS);
  await world.event(scheduledAtMs, order);
  await world.goesOn(order);
}

/** Fair weather until nothing waits any more, and the verdict over all that was to be told. */
async function comeToRest(world: ModelWorld): Promise<void> {
  const { book, time } = world;
  const outbox = (): Promise<readonly OutboxEntry[]> => world.store.readOutbox(100_000);
  world.weather = {};
  await world.goesOn(0);
  await time.passUntil(time.nowMs + LATE_WRITES_MS);
  book.judge(await outbox(), false);
  await minute(world, 0);
  await minute(world, 0);
  for (let count = 0; count < MAX_DELIVERIES; count++) {
    const due = (await outbox()).flatMap(({ nextAttemptAtMs }) => nextAttemptAtMs ?? []);
    if (due.length === 0) break;
    await time.passUntil(Math.max(time.nowMs, Math.min(...due)) + 1_000);
    await world.delivery();
    await world.goesOn(0);
  }
  world.checkLimits();
  book.judge(await outbox(), true);
}

function minuteOf(atMs: number): number {
  return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}
