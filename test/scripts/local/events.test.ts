import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createEvents, type Events } from "../../../scripts/local/events.ts";
import { ErrorEscaped } from "../../../scripts/local/local-worker.ts";

const CRON = "1-59 * * * *";

/** Events fired at a Worker that does what it is told to; `log` has all that happens, in its order. */
class Setup {
  readonly log: string[] = [];
  broken = false;
  settingsAreWrong = false;
  /** What the Worker does with the next events. */
  run: () => Promise<void> = () => Promise.resolve();
  readonly events: Events = createEvents({
    worker: {
      runScheduled: (cron, atMs) => {
        this.log.push(`run ${cron} ${atMs}`);
        return this.run();
      },
    },
    buildIsBroken: () => Promise.resolve(this.broken),
    keepsFromRunning: () => this.settingsAreWrong,
    onEnd: () => {
      this.log.push("end");
      return Promise.resolve();
    },
    onError: (text) => this.log.push(`error ${text}`),
    onHeld: (text) => this.log.push(`held ${text}`),
    settledAfterMs: 30,
  });
  async fire(...minutes: readonly number[]): Promise<void> {
    for (const minute of minutes) {
      this.events.fire(CRON, minute);
      await this.events.settled();
    }
  }
}

const HELD = "held no cron events are fired until the Worker is built again; it then tells the gap";

test("while the build is broken no event is fired, which is told once each time", async () => {
  const setup = new Setup();
  await setup.fire(1);
  setup.broken = true;
  await setup.fire(2, 3, 4);
  setup.broken = false;
  await setup.fire(5);
  setup.broken = true;
  await setup.fire(6, 7);
  expect(setup.log).toEqual([`run ${CRON} 1`, "end", HELD, `run ${CRON} 5`, "end", HELD]);
});

test("an event that fails is told, with what it failed of", async () => {
  const setup = new Setup();
  setup.run = () => Promise.reject(new Error("the Worker ended it with: exceededCpu"));
  await setup.fire(1);
  expect(setup.log).toEqual([
    `run ${CRON} 1`,
    `error the event of "${CRON}" failed: the Worker ended it with: exceededCpu`,
    "end",
  ]);
});

test("an error that escaped is not told again, as wrangler has printed it", async () => {
  const setup = new Setup();
  setup.run = () => Promise.reject(new ErrorEscaped("the Worker ended it with: exception"));
  await setup.fire(1);
  expect(setup.log).toEqual([`run ${CRON} 1`, "end"]);
});

test("an event that fails for wrong settings is not told, also when they are judged a moment later", async () => {
  const setup = new Setup();
  setup.run = () => {
    setTimeout(() => {
      setup.settingsAreWrong = true;
    }, 1);
    return Promise.reject(new Error("no answer"));
  };
  await setup.fire(1, 2);
  expect(setup.log).toEqual([`run ${CRON} 1`, "end", `run ${CRON} 2`, "end"]);
});

test("all events that are under way are waited for", async () => {
  const setup = new Setup();
  const { promise, resolve } = Promise.withResolvers<void>();
  setup.run = () => promise;
  setup.events.fire(CRON, 1);
  setup.events.fire(CRON, 2);
  const settled = setup.events.settled();
  const over = settled.then(() => "over");
  expect(await Promise.race([over, sleep(20, "under way")])).toBe("under way");
  resolve();
  await settled;
  expect(setup.log).toEqual([`run ${CRON} 1`, `run ${CRON} 2`, "end", "end"]);
});
