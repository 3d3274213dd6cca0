import { describe, expect, test } from "vitest";
import { CronProblem, parseCron, type CronSchedule } from "../../src/timing/cron.ts";

const at = (text: string): number => Date.parse(text);
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function schedule(expression: string, timeZone: string): CronSchedule {
  const parsed = parseCron(expression, timeZone);
  if (parsed instanceof CronProblem) throw new Error(parsed.text);
  return parsed;
}

describe("the last time of a cron expression", () => {
  test("is the very minute that begins", () => {
    const saturdays = schedule("0 22 * * SAT", "Europe/Zurich");
    expect(iso(saturdays.lastUntil(at("2026-10-24T20:00:00Z")))).toBe("2026-10-24T20:00:00.000Z");
    expect(iso(saturdays.lastUntil(at("2026-10-24T20:00:59.999Z")))).toBe("2026-10-24T20:00:00.000Z");
  });

  test("is a week ago, to the hour of the clock, right before the next", () => {
    const saturdays = schedule("0 22 * * SAT", "Europe/Zurich");
    expect(iso(saturdays.lastUntil(at("2026-10-31T20:59:59.999Z")))).toBe("2026-10-24T20:00:00.000Z");
    expect(iso(saturdays.lastUntil(at("2026-10-31T21:00:00Z")))).toBe("2026-10-31T21:00:00.000Z");
  });

  test("comes when the clock has gone on, where daylight saving skips it", () => {
    const early = schedule("30 2 * * *", "Europe/Zurich");
    expect(iso(early.lastUntil(at("2026-03-29T12:00:00Z")))).toBe("2026-03-29T01:00:00.000Z");
    expect(iso(early.lastUntil(at("2026-03-30T12:00:00Z")))).toBe("2026-03-30T00:30:00.000Z");
  });

  test("comes once, where daylight saving repeats it", () => {
    const early = schedule("30 2 * * *", "Europe/Zurich");
    expect(iso(early.lastUntil(at("2026-10-25T01:45:00Z")))).toBe("2026-10-25T00:30:00.000Z");
    expect(iso(early.nextAfter(at("2026-10-25T00:30:00Z")))).toBe("2026-10-26T01:30:00.000Z");
  });

  test("is that of either day, where both are given", () => {
    const days = schedule("0 0 1 * MON", "UTC");
    expect(iso(days.nextAfter(at("2026-11-24T00:00:00Z")))).toBe("2026-11-30T00:00:00.000Z");
    expect(iso(days.nextAfter(at("2026-11-30T00:00:00Z")))).toBe("2026-12-01T00:00:00.000Z");
  });
});

test("the next time is never the one at which it is asked", () => {
  const hourly = schedule("0 * * * *", "UTC");
  expect(iso(hourly.nextAfter(at("2026-11-24T10:00:00Z")))).toBe("2026-11-24T11:00:00.000Z");
  expect(iso(hourly.nextAfter(at("2026-11-24T09:59:59.999Z")))).toBe("2026-11-24T10:00:00.000Z");
});

test.each([
  ["0 22 * *", "UTC", `"0 22 * *" has not five parts but 4; write five parts such as "30 2 * * SAT"`],
  ["61 * * * *", "UTC", `"61 * * * *" is not a cron expression (`],
  ["0 0 * * * *", "UTC", `"0 0 * * * *" has not five parts but 6;`],
  ["0 0 31 2 *", "UTC", `"0 0 31 2 *" names no day that there is; write five parts such as "30 2 * * SAT"`],
  [7, "UTC", `7 is not a cron expression; write one such as "30 2 * * SAT"`],
  [
    "0 0 * * *",
    "Europe/Zurch",
    `"Europe/Zurch" is not a time zone; write one such as "Europe/Zurich" or "UTC"`,
  ],
  ["0 0 * * *", undefined, `undefined is not a time zone; write one such as "Europe/Zurich" or "UTC"`],
])("%j in %j is told with the value and the remedy", (expression, timeZone, text) => {
  const parsed = parseCron(expression, timeZone);
  expect(parsed).toBeInstanceOf(CronProblem);
  expect((parsed as CronProblem).text).toContain(text);
});
