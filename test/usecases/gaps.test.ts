import { describe, expect, test } from "vitest";
import { Instance, jobFile } from "../support/timeline/instance.ts";

const GOOD = jobFile("Good", {});

async function gaps({ store }: Instance): Promise<readonly string[]> {
  const report = await store.readReport({ tick: 0, change: 0, gap: 0 });
  const time = (ms: number): string => new Date(ms).toISOString().slice(11, 16);
  return report.gaps.map(
    ({ frequency, fromMs, toMs, slots }) => `${frequency} ${time(fromMs)}–${time(toMs)}: ${slots}`,
  );
}

describe("minutes in which nothing ran", () => {
  test("are recorded, and told once when the instance runs again", async () => {
    const checker = new Instance([GOOD], { gapAlertAfterSeconds: 600 });
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await checker.tick("10:01")).toEqual([]);
    const [mail, ...noMore] = await checker.tick("12:30");
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] No checks ran for 2 h 28 min");
    expect(mail?.body).toBe(`No checks ran from 2026-11-23 10:02 UTC to 2026-11-23 12:30 UTC (2 h 28 min).

This instance missed 148 minutes. Whatever failed and recovered meanwhile was not seen; it counts
neither as up nor as down. All checks run again now.

What to do: if this was no stop of your own, look at the cron triggers and the log of the Worker, and at
Cloudflare's status page. If its database did not answer, failures were mailed without it, and you know.
`);
    expect(await checker.tick("12:31")).toEqual([]);
    expect(await gaps(checker)).toEqual(["MINUTE 10:02–12:29: 148", "HOUR 11:00–11:00: 1"]);
    const { ticks } = await checker.store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(ticks.map(({ frequencies, caughtUp }) => [frequencies, caughtUp])).toEqual([
      [
        ["MINUTE", "HOUR", "DAY", "DAY_NOON"],
        ["DAY", "DAY_NOON"],
      ],
      [["MINUTE"], []],
      [
        ["MINUTE", "HOUR", "DAY_NOON"],
        ["HOUR", "DAY_NOON"],
      ],
      [["MINUTE"], []],
    ]);
  });

  test("are recorded but not told where they are fewer than the setting says", async () => {
    const checker = new Instance([GOOD], { gapAlertAfterSeconds: 600 });
    await checker.tick("10:00");
    expect(await checker.tick("10:10")).toEqual([]);
    expect(await gaps(checker)).toEqual(["MINUTE 10:01–10:09: 9"]);
    expect(await checker.subjects("10:21")).toEqual(["[checker-eu] No checks ran for 10 min"]);
  });

  test("before the first tick of all are none", async () => {
    const checker = new Instance([GOOD], { gapAlertAfterSeconds: 120 });
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await gaps(checker)).toEqual([]);
  });

  test("count neither as a failure nor as a success", async () => {
    const failing = jobFile("Bad", { execute: () => false, numberFailuresBeforeNotification: () => 2 });
    const checker = new Instance([failing]);
    await checker.tick("10:00");
    await checker.tick("13:00");
    const state = (await checker.store.readTick(checker.clock.ms)).states.get("Bad");
    expect(state).toMatchObject({ failures: 2, firstFailureAtMs: Date.parse("2026-11-23T10:00:00Z") });
  });
});

test("a slot whose tick was overtaken by the next is a gap, as its outcomes are dropped", async () => {
  const checker = new Instance([GOOD]);
  await checker.tick("10:00");
  const { store } = checker;
  const commit = store.commit.bind(store);
  store.commit = async (wanted) => {
    store.commit = commit;
    await checker.runTick("10:02");
    return commit(wanted);
  };
  await checker.runTick("10:01");
  expect(await gaps(checker)).toEqual(["MINUTE 10:01–10:01: 1"]);
});
