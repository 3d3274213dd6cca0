import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { supervise, type Supervisor } from "../../../scripts/local/supervise.ts";

interface Server {
  readonly name: string;
  readonly died: Promise<string>;
  readonly die: (why: string) => void;
}

function newServer(name: string): Server {
  const { promise: died, resolve: die } = Promise.withResolvers<string>();
  return { name, died, die };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A supervised server, all that was told, and the servers that came after the first, by their numbers. */
function begin(starts: readonly ("starts" | "fails")[] = []): {
  readonly supervisor: Supervisor<Server>;
  readonly told: string[];
  readonly stop: AbortController;
  /** Lets the one that runs die after `aliveMs`, and waits until that is settled. */
  readonly die: (aliveMs: number) => Promise<void>;
} {
  const told: string[] = [];
  const stop = new AbortController();
  const plan = [...starts];
  let latest = newServer("server 1");
  let number = 1;
  const supervisor = supervise({
    first: latest,
    restart() {
      number += 1;
      vi.advanceTimersByTime(5_000);
      if (plan.shift() === "fails") return Promise.reject(new Error(`server ${number} did not start`));
      latest = newServer(`server ${number}`);
      return Promise.resolve(latest);
    },
    signal: stop.signal,
    onDeath: (why) => told.push(why),
    onRestart: (tookMs) => told.push(`up after ${tookMs / 1000} s`),
  });
  supervisor.gaveUp.then((why) => told.push(`gave up: ${why}`)).catch(() => undefined);
  return {
    supervisor,
    told,
    stop,
    async die(aliveMs) {
      vi.advanceTimersByTime(aliveMs);
      latest.die(`${latest.name} died`);
      // All that follows are promises that are settled already.
      await new Promise((resolve) => setTimeout(resolve, 5));
    },
  };
}

const GAVE_UP =
  "3 times now with less than 60 s of running in between, so it is not started again. " +
  "Look for the reason in the lines above, then run npm start";

test("a server that dies is started again, and whoever asks meanwhile gets the next", async () => {
  const { supervisor, told, die } = begin();
  expect((await supervisor.current()).name).toBe("server 1");
  await die(1_000);
  expect((await supervisor.current()).name).toBe("server 2");
  expect(supervisor.isUp()).toBe(true);
  expect(told).toEqual(["server 1 died", "up after 5 s"]);
});

test("the third death without a minute in between is the last", async () => {
  const { supervisor, told, die } = begin();
  await die(3_600_000);
  await die(59_000);
  await die(59_000);
  expect(told).toEqual([
    "server 1 died",
    "up after 5 s",
    "server 2 died",
    "up after 5 s",
    `gave up: server 3 died; ${GAVE_UP}`,
  ]);
  expect(supervisor.isUp()).toBe(false);
});

test("deaths with a minute in between go on for ever", async () => {
  const { told, die } = begin();
  for (let death = 1; death <= 10; death++) await die(60_000);
  expect(told.filter((text) => text.endsWith("died"))).toHaveLength(10);
  expect(told.at(-1)).toBe("up after 5 s");
});

test("a start that fails is a death like any other, and told", async () => {
  const once = begin(["fails", "starts"]);
  await once.die(3_600_000);
  expect(once.told).toEqual(["server 1 died", "server 2 did not start", "up after 10 s"]);

  const twice = begin(["fails", "fails"]);
  await twice.die(3_600_000);
  expect(twice.told).toEqual([
    "server 1 died",
    "server 2 did not start",
    `gave up: server 3 did not start; ${GAVE_UP}`,
  ]);
});

test("a server that ends because Checker is stopped is not started again", async () => {
  const { supervisor, told, stop, die } = begin();
  stop.abort();
  await die(1_000);
  expect(told).toEqual([]);
  expect(supervisor.isUp()).toBe(false);
});
