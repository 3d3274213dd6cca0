import { describe, expect, test } from "vitest";
import { parseExportOptions } from "../../../scripts/export/options.ts";

const parse = (...args: readonly string[]) => parseExportOptions(args, {});

describe("the options of npm run export", () => {
  test("are samples as CSV of all jobs and times from the folder of npm start, unless said otherwise", () => {
    expect(parse()).toEqual({
      what: "samples",
      format: "csv",
      fromMs: 0,
      toMs: Infinity,
      job: null,
      remote: false,
      state: ".checker",
      output: null,
      raw: false,
    });
  });

  test("take days and times of UTC", () => {
    expect(parse("--from", "2026-11-23", "--to", "2026-11-23T08:30Z")).toMatchObject({
      fromMs: Date.UTC(2026, 10, 23),
      toMs: Date.UTC(2026, 10, 23, 8, 30),
    });
    expect(parse("--from", "2026-11-23T08:30:15")).toMatchObject({
      fromMs: Date.UTC(2026, 10, 23, 8, 30, 15),
    });
  });

  test("take everything else that there is", () => {
    const line = "--what incidents --format ndjson --job web --remote --output f --raw".split(" ");
    expect(parse(...line)).toMatchObject({
      what: "incidents",
      format: "ndjson",
      job: "web",
      remote: true,
      output: "f",
      raw: true,
    });
    expect(parse("--help")).toBeNull();
  });

  test.each<readonly [readonly string[], string]>([
    [["--what", "runs"], '--what is "runs"; give one of samples, hourly, daily, incidents'],
    [["--format", "json"], '--format is "json"; give one of csv, ndjson'],
    [["--remote", "--state", "x"], "--remote and --state are two databases; give one of them"],
    [["--job", ""], "--job is empty"],
    [
      ["--from", "2026-11-24", "--to", "2026-11-24"],
      "--from is not before --to, so there is nothing between them",
    ],
    ...["yesterday", "2026-02-30", "2026-11-23T25:00", "2026-11-23 08:30", "1969-12-31"].map(
      (text) =>
        [
          ["--to", text],
          `--to is "${text}"; give a day such as 2026-11-23, or a time such as 2026-11-23T08:30Z, UTC`,
        ] as [string[], string],
    ),
  ])("refuse %j", (args, text) => {
    expect(() => parse(...args)).toThrow(new Error(text));
  });

  test("are not taken for given where npm kept them for itself", () => {
    expect(() => parseExportOptions([], { npm_config_remote: "true" })).toThrow(
      new Error("npm kept --remote for itself; put -- before it: npm run export -- --remote"),
    );
    expect(() => parseExportOptions([], { npm_config_what: "daily" })).toThrow(
      new Error("npm kept --what for itself; put -- before it: npm run export -- --what daily"),
    );
  });
});
