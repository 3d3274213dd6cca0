import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordKey } from "../../../src/storage/d1/history/keys.ts";
import { HOUR_MS, MINUTE_MS } from "../../../src/core/time/frequency.ts";
import { packRollups, rollUpPacked } from "../../../src/history/rollup.ts";
import type { Sample } from "../../../src/history/sample.ts";
import { CorruptRow, type What } from "../../../scripts/export/lines.ts";
import { readLines, type Wanted } from "../../../scripts/export/pages.ts";
import { DOWN, failing, laneWith, sampleOf, openedOf, seriesOf, UP } from "../../support/fakes/history.ts";
import { fuzz } from "../../support/fuzz/runs.ts";
import { all, HistoryFile } from "./history-file.ts";

const T0 = Date.parse("2026-11-23T10:00:00Z");
const minute = (index: number): number => T0 + index * MINUTE_MS;
const ALL = { fromMs: 0, toMs: Infinity, job: null };

async function read(file: HistoryFile, what: What, wanted: Partial<Wanted> = {}, pageLength = 256_000) {
  const damage = new CorruptRow();
  const lines = await all(readLines(file.database(pageLength), { ...ALL, what, ...wanted }, damage));
  return { lines, damage: { rows: damage.rows, values: damage.values } };
}

/** Two jobs for four minutes; the second moves to another lane after two, and the first lane is closed. */
function moved(): HistoryFile {
  const file = new HistoryFile();
  file.write({
    ...laneWith(1, ["a", "b"], T0),
    samples: [sampleOf(1, T0, UP, DOWN), sampleOf(1, minute(1), DOWN, UP)],
  });
  file.write({
    ended: [0, 1].map((position) => ({ block: 1, position, toMs: minute(2) })),
    closed: [{ id: 1, frequency: "MINUTE", atMs: minute(2) }],
    ...laneWith(2, ["b", "a"], minute(2)),
    samples: [sampleOf(2, minute(2), UP, null), sampleOf(2, minute(3), DOWN, UP)],
  });
  return file;
}

describe("exported samples", () => {
  test("are those of every lane, also of a closed one, under the jobs that were there then", async () => {
    expect(await read(moved(), "samples")).toEqual({
      lines: [
        ["a", "name of a", "2026-11-23T10:00:00.000Z", "up", 40],
        ["b", "name of b", "2026-11-23T10:00:00.000Z", "down", null],
        ["a", "name of a", "2026-11-23T10:01:00.000Z", "down", null],
        ["b", "name of b", "2026-11-23T10:01:00.000Z", "up", 40],
        ["b", "name of b", "2026-11-23T10:02:00.000Z", "up", 40],
        ["b", "name of b", "2026-11-23T10:03:00.000Z", "down", null],
        ["a", "name of a", "2026-11-23T10:03:00.000Z", "up", 40],
      ],
      damage: { rows: 0, values: 0 },
    });
  });

  test("of one job are followed through its lanes, also by a name that it had in one of them alone", async () => {
    const file = moved();
    file.write({
      renamed: [{ block: 2, position: 0, jobKey: "b", name: "web", group: "b", isPublic: false }],
    });
    const expected = [
      ["b", "name of b", "2026-11-23T10:00:00.000Z", "down", null],
      ["b", "name of b", "2026-11-23T10:01:00.000Z", "up", 40],
      ["b", "web", "2026-11-23T10:02:00.000Z", "up", 40],
      ["b", "web", "2026-11-23T10:03:00.000Z", "down", null],
    ];
    for (const job of ["b", "web", "name of b"]) {
      expect(await read(file, "samples", { job })).toEqual({
        lines: expected,
        damage: { rows: 0, values: 0 },
      });
    }
  });

  test("begin with --from and end before --to", async () => {
    const { lines } = await read(moved(), "samples", { fromMs: minute(1), toMs: minute(3) });
    expect(lines.map(([job, , time]) => `${job} ${time}`)).toEqual([
      "a 2026-11-23T10:01:00.000Z",
      "b 2026-11-23T10:01:00.000Z",
      "b 2026-11-23T10:02:00.000Z",
    ]);
  });

  test("are what was written, however small a page is", async () => {
    const reading = fc.option(
      fc.record({
        status: fc.constantFrom("up", "down", "inconclusive"),
        latencyMs: fc.option(fc.nat(2 ** 21 - 2)),
        maintenance: fc.boolean(),
      }),
    );
    const world = fc.record({
      slots: fc.array(fc.array(reading, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 9 }),
      pageLength: fc.integer({ min: 1, max: 700 }),
    });
    const file = new HistoryFile();
    const jobs = ["a", "b", "c", "d", "e"];
    file.write(laneWith(3, jobs, T0));
    await fuzz(
      200,
      fc.asyncProperty(world, async ({ slots, pageLength }) => {
        file.run("DELETE FROM sample");
        file.write({ samples: slots.map((readings, index) => sampleOf(3, minute(index), ...readings)) });
        const expected = slots.flatMap((readings: readonly (Sample | null)[], index) =>
          readings.flatMap((one, position) =>
            one === null
              ? []
              : [[jobs[position], new Date(minute(index)).toISOString(), one.status, one.latencyMs]],
          ),
        );
        const { lines, damage } = await read(file, "samples", {}, pageLength);
        expect(lines.map(([job, , ...rest]) => [job, ...rest])).toEqual(expected);
        expect(damage).toEqual({ rows: 0, values: 0 });
      }),
    );
  });

  test("are asked for in pages that follow each other", async () => {
    const file = new HistoryFile();
    const samples = Array.from({ length: 10 }, (_, index) => sampleOf(1, minute(index), UP));
    file.write({ ...laneWith(1, ["a"], T0), samples });
    const asked: string[] = [];
    await all(readLines(file.database(320, asked), { ...ALL, what: "samples" }, new CorruptRow()));
    expect(
      asked.filter((sql) => sql.includes("FROM sample")).map((sql) => /LIMIT \d+/.exec(sql)?.[0]),
    ).toEqual(Array.from({ length: 4 }, () => "LIMIT 3"));
  });

  test("leave out what is damaged, and count it", async () => {
    const file = moved();
    file.run("UPDATE sample SET data = 'text' WHERE id = ?", recordKey(1, T0));
    file.run("UPDATE sample SET data = zeroblob(3073) WHERE id = ?", recordKey(1, minute(1)));
    // No status with a latency; an outcome where nobody ever was; one of b before it was there.
    file.run("UPDATE sample SET data = x'000005400001400001' WHERE id = ?", recordKey(2, minute(3)));
    file.write({ samples: [sampleOf(2, minute(1), UP)] });
    expect(await read(file, "samples")).toEqual({
      lines: [
        ["b", "name of b", "2026-11-23T10:02:00.000Z", "up", 40],
        ["a", "name of a", "2026-11-23T10:03:00.000Z", "up", 0],
      ],
      damage: { rows: 2, values: 3 },
    });
  });

  test("leave out the outcomes of a place whose row is damaged", async () => {
    const file = moved();
    file.run("UPDATE series SET from_at = -5 WHERE id = 1024");
    const { lines, damage } = await read(file, "samples", { toMs: minute(2) });
    expect(lines.map(([job]) => job)).toEqual(["b", "b"]);
    expect(damage).toEqual({ rows: 1, values: 2 });
  });

  test("are counted as damaged where all rows of their places are gone", async () => {
    const file = moved();
    file.run("DELETE FROM series WHERE id < 2048");
    const { lines, damage } = await read(file, "samples", { toMs: minute(2) });
    expect(lines).toEqual([]);
    expect(damage).toEqual({ rows: 0, values: 4 });
  });
});

describe("exported sums", () => {
  const words = [(1 << 22) | 11, (1 << 22) | 31, 2 << 22, 3 << 22];
  const sums = packRollups([rollUpPacked(words, 6), rollUpPacked([2 << 22], 1), rollUpPacked([], 0)]);

  test.each(["hourly", "daily"] as const)("are counts and latencies of each job (%s)", async (what) => {
    const file = new HistoryFile();
    file.write(laneWith(1, ["a", "b"], T0));
    const atMs = what === "hourly" ? T0 : Date.parse("2026-11-23T00:00:00Z");
    file.writeRollup(what, recordKey(1, atMs), sums);
    const time = new Date(atMs).toISOString();
    expect(await read(file, what)).toEqual({
      lines: [
        ["a", "name of a", time, 2, 1, 1, 2, 10, 20, 10, 30, 30, 30],
        ["b", "name of b", time, 0, 1, 0, 0, null, null, null, null, null, null],
      ],
      damage: { rows: 0, values: 0 },
    });
    const { lines } = await read(file, what, { job: "b" }, 1);
    expect(lines).toEqual([["b", "name of b", time, 0, 1, 0, 0, null, null, null, null, null, null]]);
    expect((await read(file, what, { fromMs: atMs + 1 })).lines).toEqual([]);
  });

  test("leave out what is damaged, and count it", async () => {
    const file = new HistoryFile();
    file.write(laneWith(1, ["a"], T0 + HOUR_MS));
    for (const hour of [0, 1, 2, 3]) file.writeRollup("hourly", recordKey(1, T0 + hour * HOUR_MS), sums);
    file.run("UPDATE hourly SET data = x'0102' WHERE id = ?", recordKey(1, T0 + 2 * HOUR_MS));
    // The least latency of a is there, and no other.
    const broken = packRollups([rollUpPacked(words, 6)]).map((byte, index) => (index > 10 ? 0 : byte));
    file.run("DELETE FROM hourly WHERE id = ?", recordKey(1, T0 + 3 * HOUR_MS));
    file.writeRollup("hourly", recordKey(1, T0 + 3 * HOUR_MS), broken);
    const { lines, damage } = await read(file, "hourly");
    expect(lines.map(([job, , time]) => `${job} ${time}`)).toEqual(["a 2026-11-23T11:00:00.000Z"]);
    // The first hour is before both, b of the second has no place, the last is half.
    expect(damage).toEqual({ rows: 1, values: 4 });
  });
});

describe("exported incidents", () => {
  test("have times, reasons and tellings, from old to new, those that began within the window", async () => {
    const file = moved();
    file.write({
      incidents: [
        failing("b", minute(1), { notifiedAtMs: minute(2) }),
        failing("a", minute(1), { reason: "HTTP 500" }),
        failing("a", minute(9)),
      ],
    });
    file.write({
      incidents: [failing("a", minute(1), { reason: null, end: { atMs: minute(3), how: "recovered" } })],
    });
    file.run("UPDATE incident SET accepted_at = ? WHERE job = 'b'", minute(2) + 1);
    const [first, second] = [
      ["a", "name of a", "2026-11-23T10:01:00.000Z", "2026-11-23T10:03:00.000Z"],
      ["b", "name of b", "2026-11-23T10:01:00.000Z", null],
    ];
    const told = ["2026-11-23T10:02:00.000Z", "2026-11-23T10:02:00.001Z"];
    expect(await read(file, "incidents", { fromMs: minute(1), toMs: minute(9) })).toEqual({
      lines: [
        [...first, "HTTP 500", "HTTP 500", 0, null, null, "recovered", 1],
        [...second, "it is gone", "it is gone", 1, ...told, null, 1],
      ],
      damage: { rows: 0, values: 0 },
    });
    expect((await read(file, "incidents", { job: "name of b" })).lines).toHaveLength(1);
  });

  test("come in pages without one twice or left out, whatever their jobs are called", async () => {
    const file = moved();
    const jobs = Array.from({ length: 450 }, (_, index) => `it's "${index}"\0${"ä".repeat(index % 3)}`);
    file.write({ incidents: jobs.map((job) => failing(job, T0)) });
    file.run("UPDATE incident SET job = CAST(job AS BLOB) WHERE job LIKE 'it_s \"4%'");
    const { lines, damage } = await read(file, "incidents");
    expect(new Set(lines.map(([job]) => job)).size).toBe(lines.length);
    // Blobs come after texts, and the second page ends among them.
    expect(damage.rows).toBe(61);
    expect(lines.length + damage.rows).toBe(450);
  });

  test("leave out what is damaged, and count it", async () => {
    const file = moved();
    file.write({ incidents: ["a", "b", "c", "d"].map((job) => failing(job, T0)) });
    file.run("UPDATE incident SET notification_count = -1 WHERE job = 'a'");
    file.run("UPDATE incident SET from_at = 'soon' WHERE job = 'b'");
    file.run("UPDATE incident SET from_at = -1 WHERE job = 'c'");
    const { lines, damage } = await read(file, "incidents");
    expect(lines.map(([job]) => job)).toEqual(["d"]);
    expect(damage).toEqual({ rows: 3, values: 0 });
  });
});

describe("where there is nothing to export", () => {
  const saying = (file: HistoryFile, job: string | null = null): Promise<unknown> =>
    read(file, "samples", { job }).then(
      () => "no error",
      (error: unknown) => String(error),
    );

  test("it says so of a database from before there was history, and of one without a tick", async () => {
    const text = "ExportFailure: There is no history in the test yet: it begins with the first tick.";
    const file = new HistoryFile();
    expect(await saying(file)).toBe(text);
    file.sqlite.exec("DROP TABLE sample; DROP TABLE series");
    expect(await saying(file)).toBe(text);
  });

  test("it names jobs that are called nearly so", async () => {
    const file = moved();
    expect(await saying(file, "NAME")).toBe(
      'ExportFailure: No job of the history has the name "NAME". There are: "name of a", "name of b"',
    );
    expect(await saying(file, "x' OR 1")).toBe(
      `ExportFailure: No job of the history has the name "x' OR 1".`,
    );
    file.write({ opened: [openedOf(seriesOf(2, 7, "web[1]"))] });
    expect(await saying(file, "Web")).toBe(
      'ExportFailure: No job of the history has the name "Web". There is: "name of web[1]"',
    );
  });

  test("it has no line for a window in which nothing was kept", async () => {
    expect((await read(moved(), "samples", { toMs: T0 })).lines).toEqual([]);
  });
});
