import { describe, expect, test } from "vitest";
import {
  FREQUENCIES,
  type JobFrequency,
  latestSlot,
  MINUTE_MS,
  slotsAt,
} from "../../../src/core/time/frequency.ts";
import { at } from "../../support/fakes/ports.ts";

function slot(frequency: JobFrequency, time: string): string {
  const { atMs } = latestSlot(frequency, at(time));
  return new Date(atMs).toISOString().slice(0, 16).replace("T", " ");
}

describe("the latest slot", () => {
  test("of a minute, an hour, a day and a noon is the last border that has come", () => {
    expect(slot("MINUTE", "2026-11-23 10:07:59.999")).toBe("2026-11-23 10:07");
    expect(slot("HOUR", "2026-11-23 10:07:59.999")).toBe("2026-11-23 10:00");
    expect(slot("DAY", "2026-11-23 10:07:59.999")).toBe("2026-11-23 00:00");
    expect(slot("DAY_NOON", "2026-11-23 10:07:59.999")).toBe("2026-11-22 12:00");
  });

  test.each(FREQUENCIES)("of %s begins at its border to the millisecond", (frequency) => {
    const border = at("2026-11-23 12:00");
    const first = latestSlot(frequency, border).atMs;
    expect(latestSlot(frequency, first)).toEqual({ frequency, atMs: first });
    expect(latestSlot(frequency, first - 1).atMs).toBeLessThan(first);
  });

  test("of DAY_NOON turns at noon and not at midnight", () => {
    expect(slot("DAY_NOON", "2026-11-23 11:59:59.999")).toBe("2026-11-22 12:00");
    expect(slot("DAY_NOON", "2026-11-23 12:00")).toBe("2026-11-23 12:00");
    expect(slot("DAY_NOON", "2026-11-24 00:00")).toBe("2026-11-23 12:00");
  });

  test.each([
    ["the end of a year", "2026-12-31 23:59", "2026-12-31 00:00", "2026-12-31 12:00"],
    ["the first minute of a year", "2027-01-01 00:00", "2027-01-01 00:00", "2026-12-31 12:00"],
    ["the end of a month", "2026-05-01 11:59", "2026-05-01 00:00", "2026-04-30 12:00"],
    ["a leap day", "2028-02-29 12:00", "2028-02-29 00:00", "2028-02-29 12:00"],
    ["the day after a leap day", "2028-03-01 00:00", "2028-03-01 00:00", "2028-02-29 12:00"],
    ["28 February of a common year", "2027-03-01 00:30", "2027-03-01 00:00", "2027-02-28 12:00"],
    [
      "a year that is no leap year though divisible by 4",
      "2100-03-01 06:00",
      "2100-03-01 00:00",
      "2100-02-28 12:00",
    ],
    [
      "the night in which Europe sets its clocks back",
      "2026-10-25 01:30",
      "2026-10-25 00:00",
      "2026-10-24 12:00",
    ],
  ])("at %s is of the right day", (_name, time, day, noon) => {
    expect(slot("DAY", time)).toBe(day);
    expect(slot("DAY_NOON", time)).toBe(noon);
  });

  test("works before 1970 too, where the remainder of a division is negative", () => {
    expect(slot("MINUTE", "1969-12-31 23:59:30")).toBe("1969-12-31 23:59");
    expect(slot("DAY", "1969-12-31 23:59:30")).toBe("1969-12-31 00:00");
    expect(slot("DAY_NOON", "1970-01-01 00:00")).toBe("1969-12-31 12:00");
  });
});

describe("a tick", () => {
  test("owes the newest slot of every frequency", () => {
    expect(slotsAt(at("2026-11-23 10:07"))).toEqual([
      { frequency: "MINUTE", atMs: at("2026-11-23 10:07") },
      { frequency: "HOUR", atMs: at("2026-11-23 10:00") },
      { frequency: "DAY", atMs: at("2026-11-23 00:00") },
      { frequency: "DAY_NOON", atMs: at("2026-11-22 12:00") },
    ]);
  });

  test("at every minute of a leap year begins each minute, hour, day and noon exactly once", () => {
    const begun = { MINUTE: 0, HOUR: 0, DAY: 0, DAY_NOON: 0 };
    const end = at("2029-01-01 00:00");
    for (let ms = at("2028-01-01 00:00"); ms < end; ms += MINUTE_MS) {
      for (const { frequency, atMs } of slotsAt(ms)) if (atMs === ms) begun[frequency] += 1;
    }
    expect(begun).toEqual({ MINUTE: 366 * 1440, HOUR: 366 * 24, DAY: 366, DAY_NOON: 366 });
  });

  test("that is seconds late owes the same slots as one on time", () => {
    expect(slotsAt(at("2026-11-23 12:00:59.999"))).toEqual(slotsAt(at("2026-11-23 12:00")));
  });
});
