import { describe, expect, test } from "vitest";
import { jobId } from "../../../src/core/job-id.ts";
import { VERSION } from "../../../src/core/version.ts";
import { exposition, type ExpositionFormat } from "../../../src/web/metrics/exposition.ts";
import { metricFamilies } from "../../../src/web/metrics/metrics.ts";
import { card, everything, HOSTILE, measured, NOW } from "../../support/api/metrics.ts";

/** One sample, as the formats define a line. */
const SAMPLE =
  /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

interface Line {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

function samplesOf(text: string): Line[] {
  return text
    .trimEnd()
    .split("\n")
    .filter((line) => !line.startsWith("# "))
    .map((line) => {
      const [, name = "", labels = "", value] = SAMPLE.exec(line) ?? [];
      expect([line, name]).not.toEqual([line, ""]);
      const pairs = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = "", raw = ""]) => [
        key,
        raw.replaceAll(/\\(.)/g, (_all, one: string) => (one === "n" ? "\n" : one)),
      ]);
      return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) };
    });
}

function linesOf(name: string, text: string): string[] {
  return text.split("\n").filter((line) => line.startsWith(name) && !line.startsWith("#"));
}

const textOf = (format: ExpositionFormat = "openmetrics") => exposition(metricFamilies(everything()), format);

describe("metrics", () => {
  test("of an instance read so", () => {
    const text = exposition(metricFamilies(measured([])), "openmetrics");
    const end = (NOW - 20_000) / 1000;
    expect(samplesOf(text).map(({ name, labels, value }) => [name, ...Object.values(labels), value])).toEqual(
      [
        ["checker_build_info", VERSION, 1],
        ["checker_status", "True", 1],
        ["checker_status", "MailProblem", 0],
        ["checker_status", "JobProblem", 0],
        ["checker_last_tick_timestamp_seconds", end],
        ["checker_stale_after_seconds", 180],
        ["checker_mail_proof", "proven", 1],
        ["checker_mail_proof", "overdue", 0],
        ["checker_mail_proof", "unproven", 0],
        ["checker_mail_proof", "off", 0],
        ["checker_mail_proof_sent_timestamp_seconds", NOW / 1000 - 90],
        ["checker_mail_proof_returned_timestamp_seconds", NOW / 1000 - 60],
        ["checker_mail_round_trip_seconds", 30],
        ["checker_ticks_total", 4711],
        ["checker_last_tick_duration_seconds", 1],
        ["checker_last_tick_jobs", "up", 1],
        ["checker_last_tick_jobs", "down", 1],
        ["checker_last_tick_jobs", "inconclusive", 1],
        ["checker_outbox_messages", "waiting", 2],
        ["checker_outbox_messages", "throttled", 1],
        ["checker_outbox_messages", "failed", 3],
        ["checker_outbox_oldest_timestamp_seconds", NOW / 1000 - 5],
        ["checker_peers", 0],
        ["checker_last_gap_end_timestamp_seconds", NOW / 1000 - 3_000],
        ["checker_last_gap_duration_seconds", 600],
        ["checker_job_file_errors", 1],
        ["checker_jobs", "up", 0],
        ["checker_jobs", "down", 0],
        ["checker_jobs", "inconclusive", 0],
        ["checker_jobs", "maintenance", 0],
        ["checker_jobs", "new", 0],
      ],
    );
  });

  test("of a job read so", () => {
    const text = exposition(metricFamilies(measured([card("shop", { status: "down" })])), "openmetrics");
    const own = `id="${jobId('Web["shop"]')}",name="Web shop"`;
    expect(linesOf("checker_job_", text).filter((line) => !line.startsWith("checker_job_file"))).toEqual([
      `checker_job_info{${own},group="Web",frequency="MINUTE",visibility="private"} 1`,
      `checker_job_status{${own},status="up"} 0`,
      `checker_job_status{${own},status="down"} 1`,
      `checker_job_status{${own},status="inconclusive"} 0`,
      `checker_job_status{${own},status="maintenance"} 0`,
      `checker_job_status{${own},status="new"} 0`,
      `checker_job_since_timestamp_seconds{${own}} ${NOW / 1000 - 3_600}`,
      `checker_job_latency_seconds{${own}} 0.04`,
      ...["1d", "7d", "30d", "90d"].map(
        (window) => `checker_job_uptime_ratio{${own},window="${window}"} 0.75`,
      ),
      ...["1d", "7d", "30d", "90d"].map(
        (window) => `checker_job_coverage_ratio{${own},window="${window}"} 0.5`,
      ),
    ]);
  });

  test("of what there is nothing are not there: no tick, no proof, no gap, no latency", () => {
    const nothing = {
      lastTick: null,
      lastTickFinishedAtMs: null,
      loopbacks: [],
      gaps: [],
      oldestWaitingAtMs: null,
    };
    const job = card("later", { status: null, sinceMs: null, days: [], latenciesMs: [] });
    const text = exposition(metricFamilies(measured([job], { instance: nothing })), "text");
    expect(text).not.toMatch(/null|NaN|_timestamp_|_latency_|_ratio|ticks_total|round_trip|_gap_/);
    expect(text).toContain('checker_status{status="JobProblem"} 1\n');
    expect(text).toContain('checker_mail_proof{state="unproven"} 1\n');
    expect(text).toContain(',status="new"} 1\n');
  });

  test("tell of each peer how it was found, and of one that nobody asks nothing", () => {
    const [asked, unasked] = ["https://peer.example.org/status", "https://nobody.example.org/status"];
    const found = samplesOf(textOf()).filter(({ name }) => name === "checker_peer_status");
    expect(found.filter(({ value }) => value === 1).map(({ labels }) => labels)).toEqual([
      { url: asked, status: "inconclusive" },
    ]);
    expect(found.filter(({ labels }) => labels["url"] === unasked)).toHaveLength(5);
  });

  test("of shares are rounded down, so that one failure in millions of runs is seen", () => {
    const job = (up: number) =>
      card(String(up), { days: [{ atMs: NOW, up, down: 1, inconclusive: 0, missed: 0, maintenance: 0 }] });
    const found = samplesOf(exposition(metricFamilies(measured([job(9_999_999), job(2)])), "text"));
    const uptimes = found.filter(
      ({ name, labels }) => name === "checker_job_uptime_ratio" && labels["window"] === "1d",
    );
    expect(uptimes.map(({ value }) => value)).toEqual([0.999999, 0.666666]);
  });

  test("never tell a reason", () => {
    expect(textOf()).not.toMatch(/door|HTTP 200/);
  });
});

describe("as OpenMetrics", () => {
  test("each family stands together, once, with its help, type and unit, which ends its name", () => {
    const families: string[] = [];
    for (const block of textOf().split(/^(?=# HELP )/m)) {
      const [help = "", type = "", third = "", ...rest] = block.trimEnd().split("\n");
      const [, name = ""] = /^# HELP (\w+) [A-Z1][^\n]*\.$/.exec(help) ?? [];
      const [, kind = ""] = new RegExp(`^# TYPE ${name} (counter|gauge|info)$`).exec(type) ?? [];
      families.push(name);
      expect([block, name !== "" && kind !== ""]).toEqual([block, true]);
      const hasUnit = /_(seconds|ratio)$/.exec(name);
      expect(third.startsWith("# UNIT ")).toBe(hasUnit !== null);
      const unit = hasUnit === null ? third : `# UNIT ${name} ${hasUnit[1]}`;
      expect(third).toBe(unit);
      const suffix = kind === "counter" ? "_total" : kind === "info" ? "_info" : "";
      const samples = [...(hasUnit === null ? [third] : []), ...rest].filter((line) => line !== "# EOF");
      const wrong = samples.filter((line) => !new RegExp(`^${name}${suffix}(\\{| )`).test(line));
      expect(wrong).toEqual([]);
      expect(samples.length).toBeGreaterThan(0);
    }
    expect(new Set(families).size).toBe(families.length);
    expect(families.length).toBeGreaterThan(20);
  });

  test("the end is said once, at the end", () => {
    expect(textOf().endsWith("\n# EOF\n")).toBe(true);
    expect(
      textOf()
        .split("\n")
        .filter((line) => line === "# EOF"),
    ).toHaveLength(1);
  });

  test("no series stands there twice", () => {
    const keys = textOf()
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .map((line) => line.replace(/ \S+$/, ""));
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("in the older format", () => {
  test("a counter is called by its samples, an info is a gauge, and there is neither unit nor end", () => {
    const text = textOf("text");
    expect(text).toContain("# TYPE checker_ticks_total counter\nchecker_ticks_total 4711\n");
    expect(text).toContain("# TYPE checker_build_info gauge\nchecker_build_info{");
    expect(text).not.toMatch(/# UNIT|# EOF$/m);
    expect(samplesOf(text)).toEqual(samplesOf(textOf()));
  });
});

test("a name that tries to be more is a name: whole, escaped, one line, and no longer than 200 characters", () => {
  const names = samplesOf(textOf())
    .filter(({ name }) => name === "checker_job_info")
    .map(({ labels }) => labels["name"]);
  expect(names).toEqual(
    expect.arrayContaining([
      'a"} 1 checker_job_status{id="forged',
      "back\\slash\\",
      "\\n is no line",
      "# EOF",
      "nul and and",
      "half \ufffd of a pair",
      "東京 🚒",
      `${"x".repeat(199)}…`,
    ]),
  );
  expect(names).toHaveLength(4 + HOSTILE.length);
});
