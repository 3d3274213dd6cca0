import { describe, expect, test } from "vitest";
import {
  maintenanceAt,
  parseMaintenance,
  type MaintenanceWindow,
} from "../../src/job-sdk/maintenance-windows.ts";

const at = (text: string): number => Date.parse(text);

/** `from until` in UTC, or null. */
function open(windows: readonly MaintenanceWindow[], when: string): string | null {
  const stretch = maintenanceAt(parseMaintenance(windows, "A"), at(when));
  const iso = (ms: number): string => new Date(ms).toISOString().slice(0, 16);
  return stretch === null ? null : `${iso(stretch.fromMs)} ${iso(stretch.untilMs)}`;
}

describe("maintenance that happens once", () => {
  const once = [{ from: "2026-12-01T22:00", until: "2026-12-02T02:00", timeZone: "Europe/Zurich" }];

  test("is open from its first minute to before its end, by the clock of its zone", () => {
    expect(open(once, "2026-12-01T20:59:59.999Z")).toBeNull();
    expect(open(once, "2026-12-01T21:00:00Z")).toBe("2026-12-01T21:00 2026-12-02T01:00");
    expect(open(once, "2026-12-02T00:59:59.999Z")).toBe("2026-12-01T21:00 2026-12-02T01:00");
    expect(open(once, "2026-12-02T01:00:00Z")).toBeNull();
  });

  test("may be said in UTC, or with an offset of its own", () => {
    expect(open([{ from: "2026-12-01T21:00Z", until: "2026-12-01T23:30+01:00" }], "2026-12-01T22:00Z")).toBe(
      "2026-12-01T21:00 2026-12-01T22:30",
    );
    expect(open([{ from: "2026-12-01T21:00", until: "2026-12-01T22:30" }], "2026-12-01T22:00Z")).toBe(
      "2026-12-01T21:00 2026-12-01T22:30",
    );
  });

  test("lasts as long as clocks say, also over the night in which they change", () => {
    const night = [{ from: "2026-10-24T22:00", until: "2026-10-25T06:00", timeZone: "Europe/Zurich" }];
    expect(open(night, "2026-10-25T04:30Z")).toBe("2026-10-24T20:00 2026-10-25T05:00");
  });
});

describe("maintenance that comes again", () => {
  const minutes = [{ cron: "0 22 * * SAT", minutes: 240, timeZone: "Europe/Zurich" }];
  const clock = [{ cron: "0 22 * * SAT", until: "06:00", timeZone: "Europe/Zurich" }];

  test("begins by the clock, in summer and in winter", () => {
    expect(open(minutes, "2026-10-17T20:00Z")).toBe("2026-10-17T20:00 2026-10-18T00:00");
    expect(open(minutes, "2026-10-31T20:59Z")).toBeNull();
    expect(open(minutes, "2026-10-31T21:00Z")).toBe("2026-10-31T21:00 2026-11-01T01:00");
  });

  test("with minutes lasts so long by a stop-watch, with until to that time of the clock", () => {
    // In this night clocks go back at three: it has an hour more.
    expect(open(minutes, "2026-10-24T23:00Z")).toBe("2026-10-24T20:00 2026-10-25T00:00");
    expect(open(clock, "2026-10-25T04:59Z")).toBe("2026-10-24T20:00 2026-10-25T05:00");
    expect(open(clock, "2026-10-25T05:00Z")).toBeNull();
    // In this one they go on: it has an hour less.
    expect(open(clock, "2026-03-29T03:59Z")).toBe("2026-03-28T21:00 2026-03-29T04:00");
  });

  test("that begins in the hour that is skipped begins after it", () => {
    const skipped = [{ cron: "30 2 * * *", minutes: 60, timeZone: "Europe/Zurich" }];
    expect(open(skipped, "2026-03-29T00:59Z")).toBeNull();
    expect(open(skipped, "2026-03-29T01:00Z")).toBe("2026-03-29T01:00 2026-03-29T02:00");
  });
});

test("a window that is skipped as a whole is empty, and that of the next day is as ever", () => {
  for (const [cron, until] of [
    ["0 2 * * *", "03:00"],
    ["30 2 * * *", "02:45"],
  ] as const) {
    const windows = [{ cron, until, timeZone: "Europe/Zurich" }];
    expect(open(windows, "2026-03-29T00:59Z")).toBeNull();
    expect(open(windows, "2026-03-29T01:00Z")).toBeNull();
    expect(open(windows, "2026-03-29T12:00Z")).toBeNull();
    expect(open(windows, "2026-03-30T00:40Z")).toMatch(/^2026-03-30T00:[03]0 2026-03-30T0[01]:[04][05]$/);
    const [opening] = parseMaintenance(windows, "A");
    expect(opening?.next(at("2026-03-29T00:30Z"))?.fromMs).toBeGreaterThan(at("2026-03-29T12:00Z"));
  }
  // From 02:00 to 04:00 an hour is left of it.
  const half = [{ cron: "0 2 * * *", until: "04:00", timeZone: "Europe/Zurich" }];
  expect(open(half, "2026-03-29T01:30Z")).toBe("2026-03-29T01:00 2026-03-29T02:00");
  // A day is no empty window.
  const day = [{ cron: "0 22 * * *", until: "22:00" }];
  expect(open(day, "2026-03-29T12:00Z")).toBe("2026-03-28T22:00 2026-03-29T22:00");
});

test("of several windows the one counts that lasts longest", () => {
  const windows = [
    { cron: "0 10 * * *", minutes: 30 },
    { from: "2026-12-01T10:10", until: "2026-12-01T12:00" },
    { cron: "0 10 * * *", minutes: 60 },
  ];
  expect(open(windows, "2026-12-01T10:05Z")).toBe("2026-12-01T10:00 2026-12-01T11:00");
  expect(open(windows, "2026-12-01T10:15Z")).toBe("2026-12-01T10:10 2026-12-01T12:00");
  expect(open([], "2026-12-01T10:15Z")).toBeNull();
});

const EXAMPLE = `write { cron: "0 22 * * SAT", minutes: 120, timeZone: "Europe/Zurich" }`;

test.each([
  ["at night", `is "at night"; return a list of windows such as [${EXAMPLE.slice(6)}]`],
  [["at night"], `has "at night", which is no window; ${EXAMPLE}`],
  [[{}], `needs either from and until, or cron with minutes or until; ${EXAMPLE}`],
  [
    [{ form: "2026-12-01T10:00" }],
    `has no option "form"; the options are from, until, cron, minutes, timeZone`,
  ],
  [
    [{ from: "2026-12-01T10:00", cron: "0 0 * * *", minutes: 5 }],
    `needs either from and until, or cron with minutes or until; ${EXAMPLE}`,
  ],
  [
    [{ from: "1 December", until: "2026-12-01T10:00" }],
    `has "1 December", which is no time; write it like "2026-12-01T22:00", or "2026-12-01T21:00Z"`,
  ],
  [
    [{ from: "2026-02-30T10:00", until: "2026-12-01T10:00" }],
    `has "2026-02-30T10:00", which no calendar has; write it like "2026-12-01T22:00", or "2026-12-01T21:00Z"`,
  ],
  [
    [{ from: "2026-12-01T10:00+25:00", until: "2026-12-01T10:00" }],
    `has "2026-12-01T10:00+25:00", whose offset no clock has; write it like "2026-12-01T22:00", or "2026-12-01T21:00Z"`,
  ],
  [[{ from: "2026-12-01T10:00" }], `begins at "2026-12-01T10:00" and needs until, the time at which it ends`],
  [
    [{ from: "2026-12-01T10:00", until: "2026-12-01T09:00" }],
    `ends at "2026-12-01T09:00", not after "2026-12-01T10:00"; give a later until`,
  ],
  [
    [{ from: "2026-12-01T10:00", until: "2027-12-01T09:00" }],
    `lasts from "2026-12-01T10:00" to "2027-12-01T09:00", more than 31 days; give an earlier until`,
  ],
  [
    [{ from: "2026-12-01T10:00", until: "2026-12-01T11:00", timeZone: "CEST/X" }],
    `has a problem: "CEST/X" is not a time zone; write one such as "Europe/Zurich" or "UTC"`,
  ],
  [
    [{ cron: "every night", minutes: 5 }],
    `has a problem: "every night" has not five parts but 2; write five parts such as "30 2 * * SAT"`,
  ],
  [[{ cron: "0 0 * * *" }], `begins at "0 0 * * *" and needs either minutes or until; ${EXAMPLE}`],
  [
    [{ cron: "0 0 * * *", minutes: 5, until: "01:00" }],
    `begins at "0 0 * * *" and needs either minutes or until; ${EXAMPLE}`,
  ],
  [[{ cron: "0 0 * * *", minutes: 0 }], `has minutes 0; give a number from 1 to 10080`],
  [[{ cron: "0 0 * * *", minutes: "5" }], `has minutes "5"; give a number from 1 to 10080`],
  [[{ cron: "0 0 * * *", minutes: 10_081 }], `has minutes 10081; give a number from 1 to 10080`],
  [[{ cron: "0 0 * * *", until: "24:00" }], `has until "24:00"; give a time of the clock such as "06:00"`],
])("%j is told with the value and the remedy", (windows, text) => {
  expect(() => parseMaintenance(windows, "the shop")).toThrow(`a maintenance window of the shop ${text}`);
});
