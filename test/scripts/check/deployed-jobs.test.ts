import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readAll, readDeployedJobs } from "../../../scripts/check/deployed-jobs.ts";
import { laneWith } from "../../support/fakes/history.ts";
import { projectWith } from "../../support/fakes/project.ts";
import { HistoryFile } from "../export/history-file.ts";

const T0 = Date.parse("2026-11-23T10:00:00Z");
const names = (count: number) => Array.from({ length: count }, (_, index) => `Web["${index}"]`);

describe("the deployed jobs", () => {
  test("are those whose time at their place goes on", async () => {
    const file = new HistoryFile();
    file.write(laneWith(1, ["A", "B"], T0));
    file.write(laneWith(2, ["C"], T0, "HOUR"));
    file.run("UPDATE series SET to_at = from_at + 60000 WHERE job = 'A'");
    expect(await readAll(file.database(1_000))).toEqual({
      state: "read",
      jobs: [
        { jobKey: "B", name: "name of B", frequency: "MINUTE" },
        { jobKey: "C", name: "name of C", frequency: "HOUR" },
      ],
      damaged: 0,
    });
  });

  test("are read page by page, each of a bounded number of rows", async () => {
    const file = new HistoryFile();
    for (const block of [1, 2, 3, 4])
      file.write(
        laneWith(
          block,
          names(1_000).map((name) => `${block}${name}`),
          T0,
        ),
      );
    const asked: string[] = [];
    const deployed = await readAll(file.database(1_000, asked));
    expect(deployed).toMatchObject({ state: "read", damaged: 0 });
    expect(new Set(deployed.state === "read" ? deployed.jobs.map(({ jobKey }) => jobKey) : []).size).toBe(
      4_000,
    );
    expect(asked.filter((sql) => sql.includes("FROM series"))).toHaveLength(3);
  });

  test("are read in spite of damaged rows, and the newest counts of two for one job", async () => {
    const file = new HistoryFile();
    file.write(laneWith(1, ["A", "B", "C"], T0));
    file.run("UPDATE series SET frequency = 'SOMETIMES' WHERE job = 'A'");
    file.run("UPDATE series SET job = 'B', name = 'newer' WHERE job = 'C'");
    file.run(
      "INSERT INTO series (id, job, name, frequency, from_at) VALUES (?, 'D', 'D', 'DAY', 0)",
      2n ** 62n,
    );
    expect(await readAll(file.database(1_000))).toEqual({
      state: "read",
      jobs: [{ jobKey: "B", name: "newer", frequency: "MINUTE" }],
      damaged: 1,
    });
  });

  test("are not known of a database of before that table", async () => {
    const file = new HistoryFile();
    file.sqlite.exec("DROP TABLE series");
    expect(await readAll(file.database(1_000))).toEqual({ state: "noTable" });
  });

  test("of npm start are read from its folder, whether there is one or not", async () => {
    const file = new HistoryFile();
    file.write(laneWith(1, ["A"], T0));
    const root = await projectWith({});
    const local = (state: string) => readDeployedJobs(root, null, { from: "local", state });
    expect(await local(file.state)).toMatchObject({ state: "read", jobs: [{ jobKey: "A" }] });
    expect(await local(".checker")).toEqual({ state: "noDatabase" });
    mkdirSync(join(root, ".checker/mail"), { recursive: true });
    expect(await local(".checker")).toEqual({ state: "noDatabase" });
    mkdirSync(join(root, ".checker/database/v3/d1/any"), { recursive: true });
    writeFileSync(join(root, ".checker/database/v3/d1/any/x.sqlite"), "x".repeat(5_000));
    expect(await local(".checker")).toEqual({
      state: "unreadable",
      why: "The database cannot be read: file is not a database",
    });
  });
});
