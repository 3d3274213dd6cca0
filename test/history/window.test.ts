import { describe, expect, test } from "vitest";
import type { JobFrequency } from "../../src/domain/frequency.ts";
import type { Kept } from "../../src/domain/history/kept.ts";
import { exactWindow, piecesOf, type Span } from "../../src/domain/history/window.ts";
import { seriesOf } from "../support/fakes-history.ts";

const at = (time: string): number => Date.parse(`2026-11-${time.replace(" ", "T")}:00Z`);
const show = (ms: number): string => new Date(ms).toISOString().slice(8, 16).replace("T", " ");

/** Samples from the 20th on, hours from the 15th, days from the 10th; it is the 23rd, half past ten. */
function span(frequency: JobFrequency = "MINUTE", fromMs = at("08 10:30"), toMs: number | null = null): Span {
  const kept: Kept = {
    lane: 1,
    frequency,
    fromMs: at("08 10:30"),
    toMs: null,
    rawFromMs: at("20 00:00"),
    hourlyFromMs: at("15 00:00"),
    hourlyUntilMs: at("23 10:00"),
    dailyFromMs: at("10 00:00"),
    dailyUntilMs: at("23 00:00"),
  };
  return {
    series: [seriesOf(1, 0, "A", { frequency, fromMs, toMs })],
    kept: new Map([[1, kept]]),
    doneSlots: new Map([[frequency, frequency === "MINUTE" ? at("23 10:29") : at("23 10:00")]]),
  };
}

describe("a window", () => {
  test.each([
    ["21 10:31", "22 11:29", "21 10:31", "22 11:29", "both edges within the samples"],
    ["16 10:31", "22 11:29", "16 11:00", "22 11:29", "an edge where hours are kept goes on to the next hour"],
    ["16 10:00", "17 11:29", "16 10:00", "17 11:00", "an end there goes back to the hour"],
    ["12 10:00", "14 23:59", "13 00:00", "14 00:00", "edges where days are kept move to days"],
    ["12 00:00", "13 00:00", "12 00:00", "13 00:00", "a day is a day"],
    ["08 12:00", "21 00:00", "10 00:00", "21 00:00", "nothing is known before the first day that is kept"],
    ["01 00:00", "21 00:00", "10 00:00", "21 00:00", "nor where the job was there already"],
    ["22 00:00", "24 00:00", "22 00:00", "23 10:30", "what is not decided is left out"],
    [
      "12 10:00",
      "12 20:00",
      "12 10:00",
      "12 10:00",
      "within a day of which only the sum is kept it is empty",
    ],
    ["23 11:00", "23 12:00", "23 11:00", "23 11:00", "in the future it is empty"],
  ])("from %s to %s is exact from %s to %s: %s", (from, to, exactFrom, exactTo) => {
    const { fromMs, toMs } = exactWindow(span(), { fromMs: at(from), toMs: at(to) });
    expect([show(fromMs), show(toMs)]).toEqual([exactFrom, exactTo]);
  });

  test("of jobs that run each hour has edges at days where their samples are gone", () => {
    const { fromMs, toMs } = exactWindow(span("HOUR"), { fromMs: at("16 10:00"), toMs: at("19 11:00") });
    expect([show(fromMs), show(toMs)]).toEqual(["17 00:00", "19 00:00"]);
  });

  test("that begins before the job, or ends after it, keeps its edges", () => {
    const short = span("MINUTE", at("16 10:31"), at("18 11:29"));
    const { fromMs, toMs } = exactWindow(short, { fromMs: at("11 01:01"), toMs: at("19 02:02") });
    expect([show(fromMs), show(toMs)]).toEqual(["11 01:01", "19 02:02"]);
  });
});

describe("the records of a window", () => {
  const pieces = (of: Span, from: string, to: string): readonly string[] =>
    piecesOf(of, { fromMs: at(from), toMs: at(to) }).map(
      ({ records, fromMs, toMs }) => `${records} ${show(fromMs)} - ${show(toMs)}`,
    );

  test("are the coarsest that fit, and each moment is in one of them", () => {
    expect(pieces(span(), "16 22:00", "23 10:29")).toEqual([
      "hourly 16 22:00 - 17 00:00",
      "daily 17 00:00 - 23 00:00",
      "hourly 23 00:00 - 23 10:00",
      "raw 23 10:00 - 23 10:29",
    ]);
    expect(pieces(span(), "21 22:58", "22 01:02")).toEqual([
      "raw 21 22:58 - 21 23:00",
      "hourly 21 23:00 - 22 01:00",
      "raw 22 01:00 - 22 01:02",
    ]);
    expect(pieces(span("HOUR"), "21 22:00", "23 10:00")).toEqual([
      "raw 21 22:00 - 22 00:00",
      "daily 22 00:00 - 23 00:00",
      "raw 23 00:00 - 23 10:00",
    ]);
  });

  test("are samples from where no sum is made yet, though a whole hour or day would fit", () => {
    expect(pieces(span(), "23 08:00", "23 12:00")).toEqual([
      "hourly 23 08:00 - 23 10:00",
      "raw 23 10:00 - 23 12:00",
    ]);
    expect(pieces(span("HOUR"), "22 00:00", "24 00:00")).toEqual([
      "daily 22 00:00 - 23 00:00",
      "raw 23 00:00 - 24 00:00",
    ]);
  });

  test("reach over the ends of a job's time, where there is nothing of it", () => {
    expect(pieces(span("MINUTE", at("12 10:31"), at("13 11:29")), "11 22:22", "19 00:00")).toEqual([
      "daily 12 00:00 - 14 00:00",
    ]);
  });

  test("are none of a job that was not there then", () => {
    expect(pieces(span("MINUTE", at("12 10:31"), at("13 11:29")), "14 00:00", "15 00:00")).toEqual([]);
    expect(pieces(span(), "15 00:00", "15 00:00")).toEqual([]);
  });
});
