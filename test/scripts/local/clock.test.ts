import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { firstEvent, scheduledMinute, startClock } from "../../../scripts/local/clock.ts";

const CRONS = ["1-59 * * * *", "0 1-11,13-23 * * *", "0 0 * * *", "0 12 * * *"];

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("over a day every minute is fired once, by the expression that it belongs to", async () => {
  vi.setSystemTime("2026-11-23T23:59:59.900Z");
  const fired: string[] = [];
  const clock = startClock(CRONS, (cron, scheduledAtMs) => {
    fired.push(`${new Date(scheduledAtMs).toISOString().slice(11, 16)} ${cron}`);
  });
  await vi.advanceTimersByTimeAsync(24 * 60 * 60_000);
  clock.stop();
  await vi.advanceTimersByTimeAsync(60 * 60_000);

  const expected = Array.from({ length: 24 * 60 }, (_, minute) => {
    const hour = Math.floor(minute / 60);
    const time = `${String(hour).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    if (minute % 60 !== 0) return `${time} 1-59 * * * *`;
    if (hour === 0) return `${time} 0 0 * * *`;
    return hour === 12 ? `${time} 0 12 * * *` : `${time} 0 1-11,13-23 * * *`;
  });
  expect(fired).toEqual(expected);
});

test.each(["2026-11-23T06:00:20Z", "2026-11-22T06:00:20Z", "2026-11-23T20:00:20Z", "2027-12-01T06:00:20Z"])(
  "a clock that is set to %s meanwhile has its next event within a minute",
  async (set) => {
    vi.setSystemTime("2026-11-23T12:00:10Z");
    const fired: number[] = [];
    const clock = startClock(["* * * * *"], (_, scheduledAtMs) => fired.push(scheduledAtMs));
    vi.setSystemTime(set);
    await vi.advanceTimersByTimeAsync(2 * 60_000);
    clock.stop();
    expect(fired.at(-1)).toBe(Math.floor((Date.parse(set) + 2 * 60_000) / 60_000) * 60_000);
  },
);

test("weekdays count from Sunday = 1, as Cloudflare counts them", async () => {
  vi.setSystemTime("2026-11-22T05:59:30Z"); // a Sunday
  const fired: number[] = [];
  const clock = startClock(["0 6 * * 2"], (_, scheduledAtMs) => fired.push(scheduledAtMs));
  await vi.advanceTimersByTimeAsync(24 * 60 * 60_000 + 60_000);
  clock.stop();
  expect(fired).toEqual([Date.parse("2026-11-23T06:00:00Z")]);
});

test.each([
  ["12:02:59.998", "12:03"],
  ["12:03:00.000", "12:03"],
  ["12:03:48.000", "12:03"],
])("a timer that goes off at %s was set for %s", (now, minute) => {
  expect(scheduledMinute(Date.parse(`2026-11-23T${now}Z`))).toBe(Date.parse(`2026-11-23T${minute}:00Z`));
});

test.each([
  ["12:00:59.999", "0 12 * * *", "12:00"],
  ["00:00:00.000", "0 0 * * *", "00:00"],
  ["13:00:10.000", "0 1-11,13-23 * * *", "13:00"],
  ["13:07:10.000", "1-59 * * * *", "13:07"],
])("a start at %s fires %s for %s", (now, cron, minute) => {
  expect(firstEvent(CRONS, Date.parse(`2026-11-23T${now}Z`))).toEqual({
    cron,
    scheduledAtMs: Date.parse(`2026-11-23T${minute}:00Z`),
  });
});

test("a start in a minute that no expression has fires the first one", () => {
  expect(firstEvent(["0 0 * * *"], Date.parse("2026-11-23T13:07:10Z")).cron).toBe("0 0 * * *");
});
