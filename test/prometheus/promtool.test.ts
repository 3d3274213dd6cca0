import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exposition } from "../../src/web/metrics/exposition.ts";
import { metricFamilies } from "../../src/web/metrics/metrics.ts";
import { everything, NOW } from "../support/api/metrics.ts";
import { describePromtool, promtool } from "../support/programs/promtool.ts";

const examples = join(import.meta.dirname, "../../docs/examples/prometheus");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "checker-prometheus-"));
  await cp(examples, folder, { recursive: true });
  await writeFile(join(folder, "checker-token"), "secret\n");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describePromtool()("Prometheus", () => {
  test("takes the metrics, and has nothing to say of their names", async () => {
    const input = exposition(metricFamilies(everything()), "text");
    expect(await promtool(["check", "metrics"], { input })).toEqual({ code: 0, output: "" });
    const wrong = input.replaceAll("checker_ticks_total", "checker_ticks_ms");
    expect((await promtool(["check", "metrics"], { input: wrong })).code).toBe(3);
  });

  test("reads them as OpenMetrics with its own parser, every sample", async () => {
    // It wants times of samples, where it writes them down.
    const text = exposition(metricFamilies(everything()), "openmetrics");
    const input = text.replaceAll(/^([^#\n].*)$/gm, `$1 ${NOW / 1000}`);
    const file = join(folder, "metrics.om");
    await writeFile(file, input);
    const made = await promtool(["tsdb", "create-blocks-from", "openmetrics", file, join(folder, "data")]);
    expect(made).toMatchObject({ code: 0, output: expect.stringContaining("NUM SERIES") as string });
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
    const { output } = await promtool(["tsdb", "list", join(folder, "data")]);
    const [, row = ""] = output.trim().split("\n");
    const [, , , , series = ""] = row.trim().split(/\s+/);
    expect([row, Number(series)]).toEqual([row, samples]);
    await writeFile(file, input.replace("# EOF\n", ""));
    const broken = await promtool(["tsdb", "create-blocks-from", "openmetrics", file, join(folder, "x")]);
    expect(broken).toMatchObject({ code: 1, output: expect.stringContaining("# EOF") as string });
  });

  test("takes the example of its configuration, and the rules", async () => {
    const config = await promtool(["check", "config", "prometheus.yml"], { cwd: folder });
    expect(config).toMatchObject({ code: 0, output: expect.stringContaining("7 rules found") as string });
    expect(await promtool(["check", "rules", "alerts.yml"], { cwd: folder })).toMatchObject({ code: 0 });
  });

  test("tells by these rules when a Checker is stale, and no job then", async () => {
    const run = () => promtool(["test", "rules", "alerts_test.yml"], { cwd: folder });
    expect(await run()).toMatchObject({ code: 0, output: expect.stringContaining("SUCCESS") as string });
    const rules = await readFile(join(folder, "alerts.yml"), "utf8");
    await writeFile(join(folder, "alerts.yml"), rules.replaceAll("> checker_stale_after_seconds", "> 1e9"));
    const { code } = await run();
    await writeFile(join(folder, "alerts.yml"), rules);
    expect(code).toBe(1);
  });

  test("is asked in them for metrics alone that there are, with labels that they have", async () => {
    const samples = new Set(exposition(metricFamilies(everything()), "text").match(/^checker_\w+/gm));
    const rules = await readFile(join(folder, "alerts.yml"), "utf8");
    const asked = [...new Set(rules.match(/\bchecker_\w+/g))];
    expect(asked.length).toBeGreaterThan(6);
    expect(asked.filter((name) => !samples.has(name))).toEqual([]);
  });
});
