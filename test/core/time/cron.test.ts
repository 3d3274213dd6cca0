import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CronProblem, parseCron, type CronSchedule } from "../../../src/core/time/cron.ts";

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

describe("of the two days", () => {
  const december = (expression: string): string => {
    const days = schedule(expression, "UTC");
    const found: number[] = [];
    let next = days.nextAfter(at("2026-11-30T23:59:00Z"));
    while (next !== null && next < at("2027-01-01T00:00:00Z")) {
      found.push(new Date(next).getUTCDate());
      next = days.nextAfter(next);
    }
    return found.join(" ");
  };

  // December 2026 begins on a Tuesday.
  test.each([
    ["either will do, where both are given", "0 3 1,15 * MON", "1 7 14 15 21 28"],
    [
      "either will do, where a range is all days",
      "0 3 1-31 * MON",
      Array.from({ length: 31 }, (_, day) => day + 1).join(" "),
    ],
    ["either will do, where a star is not the beginning", "0 3 1,*/10 * MON", "1 7 11 14 21 28 31"],
    ["both must fit, where the day of month is a step of all", "0 3 */2 * MON", "7 21"],
    ["both must fit, where the day of week is a step of all", "0 3 15,20,26 * */3", "20 26"],
    ["both must fit, where both are steps of all", "0 3 */10 * */2", "1 31"],
    ["both must fit, where a list begins with a star", "0 3 *,5 * MON", "7 14 21 28"],
    ["both must fit, where a list of weekdays begins with a star", "0 3 5 * *,MON", "5"],
    ["both must fit, where the step is one", "0 3 */1 * MON", "7 14 21 28"],
    ["both must fit, where the other is a range of names", "0 3 */2 * sat-sun", "5 13 19 27"],
    ["both must fit, where Sunday is 7", "0 3 */2 * 6-7", "5 13 19 27"],
    ["both must fit, where the other is the last of its kind", "0 3 */2 * SUN#L", "27"],
    ["both must fit, where the other is the second of its kind", "0 3 */2 * FRI#2", "11"],
    ["a question mark is a star", "0 3 ? * MON", "7 14 21 28"],
    ["a question mark with a step is one as well", "0 3 ?/2 * MON", "7 21"],
    [
      "the steps of other fields do not matter",
      "*/30 */12 1 */11 MON",
      "1 1 1 1 7 7 7 7 14 14 14 14 21 21 21 21 28 28 28 28",
    ],
    ["a name for the whole counts as what it stands for", "@weekly", "6 13 20 27"],
  ])("%s: %s", (_what, expression, days) => {
    expect(december(expression)).toBe(days);
  });

  test("those that never come together are told", () => {
    expect(parseCron("0 3 30 2 */2", "UTC")).toMatchObject({
      text: `"0 3 30 2 */2" names no day that there is; write five parts such as "30 2 * * SAT"`,
    });
  });

  /** crontab(5), one field: what it holds, and whether it begins with a star. */
  function readField(field: string, low: number, high: number): { days: ReadonlySet<number>; star: boolean } {
    const days = new Set<number>();
    for (const part of field.split(",")) {
      const [range = "", step = "1"] = part.split("/");
      const [from = 0, to = from] = range === "*" ? [low, high] : range.split("-").map(Number);
      for (let day = from; day <= to; day += Number(step)) days.add(day);
    }
    return { days, star: field.startsWith("*") };
  }

  function partOf(low: number, high: number): fc.Arbitrary<string> {
    const number = fc.integer({ min: low, max: high });
    const step = fc.integer({ min: 1, max: high });
    const range = fc
      .tuple(number, number)
      .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`);
    return fc.oneof(
      fc.constant("*"),
      step.map((length) => `*/${length}`),
      number.map(String),
      range,
      fc.tuple(range, step).map(([days, length]) => `${days}/${length}`),
    );
  }

  const fieldOf = (low: number, high: number): fc.Arbitrary<string> =>
    fc.array(partOf(low, high), { minLength: 1, maxLength: 3 }).map((parts) => parts.join(","));

  test("those of any expression are those of cron", () => {
    const fromMs = at("2026-12-01T00:00:00Z");
    fc.assert(
      fc.property(fieldOf(1, 31), fieldOf(0, 7), (dayOfMonth, dayOfWeek) => {
        const parsed = parseCron(`0 0 ${dayOfMonth} * ${dayOfWeek}`, "UTC");
        if (parsed instanceof CronProblem) throw new Error(parsed.text);
        const month = readField(dayOfMonth, 1, 31);
        const week = readField(dayOfWeek, 0, 7);
        for (let day = 0; day < 60; day += 1) {
          const date = new Date(fromMs + day * 86_400_000);
          const weekday = date.getUTCDay();
          const ofMonth = month.days.has(date.getUTCDate());
          const ofWeek = week.days.has(weekday) || (weekday === 0 && week.days.has(7));
          const fits = month.star || week.star ? ofMonth && ofWeek : ofMonth || ofWeek;
          expect([date.toISOString(), parsed.lastUntil(date.getTime()) === date.getTime()]).toEqual([
            date.toISOString(),
            fits,
          ]);
        }
      }),
      { numRuns: 60, seed: 13 },
    );
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
