import { expect, test } from "vitest";
import { judgeGoals } from "../../../scripts/bench/goals.ts";
import { growthTable, renderReport } from "../../../scripts/bench/report.ts";
import { renderTable } from "../../../scripts/bench/table.ts";
import { figures, floor, scenario, stored } from "./support.ts";

test("a table stands in columns, texts left and numbers right", () => {
  expect(
    renderTable(
      ["what", "n"],
      [
        ["floor", "7"],
        ["Checker", "1,000"],
      ],
      1,
    ),
  ).toBe(
    ["| what    |     n |", "| ------- | ----: |", "| floor   |     7 |", "| Checker | 1,000 |"].join("\n"),
  );
});

test("the report compares Checker with the floor, and judges it", () => {
  const all = [
    floor({ scenario: scenario("all failing") }),
    figures({ scenario: scenario("all failing"), stored: stored({ mailMs: 1_530, rowsWritten: 5_004 }) }),
  ];
  expect(renderReport(all, judgeGoals(all))).toBe(`\
| targets | scenario    | what    | tick, ms | × floor | CPU of a check, ms | × floor | above floor, ms | shard's peak | process, MB | isolate, MB |
| ------- | ----------- | ------- | -------: | ------: | -----------------: | ------: | --------------: | -----------: | ----------: | ----------: |
| 1,000   | all failing | floor   |    1,000 |       – |               0.50 |       – |               – |            6 |         200 |           – |
| 1,000   | all failing | Checker |    1,200 |    1.20 |               0.70 |    1.40 |            0.20 |            6 |         200 |          20 |

| targets | scenario    | queries | rows read | written | queries / 1,000 | read / 1,000 | written / 1,000 | bytes a check | wrong | mailed after, ms |
| ------- | ----------- | ------: | --------: | ------: | --------------: | -----------: | --------------: | ------------: | ----: | ---------------: |
| 1,000   | all failing |      10 |     1,030 |   5,004 |              10 |        1,030 |           5,004 |          3.50 |     0 |            1,530 |

| goal                           | scenario    | verdict | targets | at most | measured |
| ------------------------------ | ----------- | ------- | ------: | ------: | -------: |
| checks that ended wrong        | all failing | met     |   1,000 |       0 |        0 |
| connections of a shard at once | all failing | met     |   1,000 |       6 |        6 |
| memory of the isolate          | all failing | met     |   1,000 |  100 MB |    20 MB |`);
});

test("growth compares the largest size with the smallest", () => {
  const small = figures({
    targets: 50,
    tookMs: 1_000,
    cpuPerCheckMs: 1.4,
    stored: stored({ rowsRead: 103, sampleBytes: 150, tickBytes: 500, rowsWritten: 8 }),
  });
  const middle = figures({ targets: 200 });
  expect(growthTable([small, middle, figures({ memory: 400_000_000, heap: 30_000_000 })])).toBe(`\
| scenario     | targets × | tick × | CPU of a check × | queries × | rows read × | rows written × | bytes a check × | process × | isolate × | mailed after × |
| ------------ | --------: | -----: | ---------------: | --------: | ----------: | -------------: | --------------: | --------: | --------: | -------------: |
| after 100 ms |        20 |   1.20 |             0.50 |         1 |          10 |           0.50 |            0.27 |         2 |      1.50 |              – |`);
});

test("one size does not grow", () => {
  expect(growthTable([figures(), figures({ scenario: scenario("at once") })])).toBeNull();
});
