import { describe, expect, test } from "vitest";
import type { HistoryReader, JobHistorySummary, JobSeries } from "../../src/history/ports.ts";
import type { Plan } from "../../src/core/plan.ts";
import { NO_USAGE } from "../../src/usage/usage.ts";
import { NotRead, PublicReads, type Reads } from "../../src/status/public-reads.ts";
import type { InstanceView } from "../../src/status/instance-view.ts";

const NOON = Date.parse("2026-11-24T12:00:00Z");
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** A Checker that ticks every minute, and of which this many rows are read for each kind of question. */
function checker(costs: { readonly summaries?: number; readonly series?: number } = {}, plan: Plan = "free") {
  const publicReads = new PublicReads();
  let rows = 0;
  let nowMs = NOON;
  let usedRows = 0;
  const summaries = ["a", "b"].map((jobKey) => ({ jobKey, isPublic: true }) as JobHistorySummary);
  const instance = (): InstanceView => {
    const finishedAtMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const usage = {
      day: Math.floor(nowMs / DAY_MS),
      tick: NO_USAGE,
      sum: { ...NO_USAGE, rowsRead: usedRows },
      told: [],
    };
    return {
      version: 1,
      lastTick: { scheduledAtMs: finishedAtMs, finishedAtMs },
      usage,
    } as unknown as InstanceView;
  };
  const asked: string[] = [];
  const costing = <T>(what: string, cost: number, value: T): Promise<T> => {
    asked.push(what);
    rows += cost;
    return Promise.resolve(value);
  };
  const history: Reads["history"] = {
    readSummaries: () => costing("cards", costs.summaries ?? 100, summaries),
    readSeries: (job, range) =>
      costing(`${range} of ${job}`, costs.series ?? 10, { points: [] } as unknown as JobSeries),
    readIncidents: () => costing("all incidents", 10, []),
    readNewIncidents: () => costing("new incidents", 1, []),
  };
  const reads: Reads = {
    store: { readInstance: () => costing("instance", 20, instance()) },
    history,
    settings: { plan },
    rowsRead: () => rows,
  };
  const look = async (
    ask?: (history: Pick<HistoryReader, "readSeries" | "readIncidents">) => Promise<unknown>,
  ) => {
    const shown = await publicReads.shown(reads, nowMs);
    return ask === undefined ? shown : ask(publicReads.history(reads, shown, nowMs));
  };
  return {
    look,
    chart: (job: string) => look((past) => past.readSeries(job, "24 h", nowMs)),
    incidents: () => look((past) => past.readIncidents({ after: null, limit: 50, jobKey: null })),
    later: (ms: number) => void (nowMs += ms),
    uses: (rowsToday: number) => void (usedRows = rowsToday),
    rows: () => rows,
    asked,
  };
}

describe("strangers who look all day long", () => {
  test.each([
    [300, 300],
    [3_060, 3_060],
    [60_301, 60_301],
  ])(
    "cause no more than their share of a day's reading, also where one look takes %d rows",
    async (summaries) => {
      const { look, incidents, later, rows, asked } = checker({ summaries });
      for (let minute = 0; minute < 1_440; minute++) {
        await look();
        await incidents();
        later(MINUTE_MS);
      }
      // Their share, an hour that was saved up, and the last look.
      expect(rows()).toBeLessThan(5_000_000 * 0.3 * (25 / 24) + summaries);
      expect(asked.filter((what) => what === "cards").length >= 1_440).toBe(summaries < 1_000);
    },
  );

  test("at charts cause no more than theirs, and a chart that nobody has seen comes before a newer one", async () => {
    const { chart, later, rows } = checker({ series: 1_485, summaries: 1 });
    const unseen: string[] = [];
    for (let minute = 0; minute < 1_440; minute++) {
      await chart("popular");
      await chart("another");
      if (minute % 60 === 59) {
        const job = `job ${minute}`;
        await chart(job).catch(() => unseen.push(job));
      }
      later(MINUTE_MS);
    }
    expect(rows()).toBeLessThan(5_000_000 * 0.1 * (30 / 24) + 1_440 * 30);
    expect(unseen).toEqual([]);
  });

  test("at a thousand charts are refused those that are too many, and shown those that are there", async () => {
    const { chart, later, rows } = checker({ series: 1_485 });
    const crawl = async (): Promise<number> => {
      let refused = 0;
      for (let job = 0; job < 1_000; job++) {
        await chart(`job ${job}`).catch((error: unknown) => {
          refused += Number(error instanceof NotRead);
        });
      }
      return refused;
    };
    expect(await crawl()).toBeGreaterThan(900);
    const before = rows();
    await chart("job 80");
    expect(rows()).toBe(before);
    later(DAY_MS / 4);
    await chart("job 999");
    expect(rows()).toBeGreaterThan(before);
  });

  test("on the Paid plan see each tick, however many jobs there are", async () => {
    const { look, later, asked } = checker({ summaries: 60_301 }, "paid");
    for (let minute = 0; minute < 1_440; minute++) {
      await look();
      later(MINUTE_MS);
    }
    expect(asked.filter((what) => what === "cards")).toHaveLength(1_440);
  });
});

describe("what strangers see", () => {
  test("is looked at every ten seconds, and read after a tick", async () => {
    const { look, later, asked } = checker();
    for (let second = 0; second < 120; second++) {
      await look();
      later(1_000);
    }
    expect(asked.filter((what) => what === "instance")).toHaveLength(12);
    expect(asked.filter((what) => what === "cards")).toHaveLength(2);
  });

  test("is read again when the clock was ahead", async () => {
    const { look, later, asked } = checker();
    await look();
    later(-DAY_MS);
    await look();
    expect(asked.filter((what) => what === "cards")).toHaveLength(2);
  });

  test("of incidents is read in full once in six hours, and between those that a tick may have changed", async () => {
    const { incidents, later, asked } = checker();
    for (let minute = 0; minute < 400; minute++) {
      await incidents();
      later(MINUTE_MS);
    }
    expect(asked.filter((what) => what === "all incidents")).toHaveLength(2);
    expect(asked.filter((what) => what === "new incidents")).toHaveLength(398);
  });

  test("near the plan's limit is what was read before, or nothing, until midnight", async () => {
    const { look, incidents, later, uses, rows } = checker();
    const first = await look();
    uses(4_000_000);
    later(MINUTE_MS);
    expect(await look()).toEqual(first);
    const before = rows();
    for (let hour = 1; hour < 12; hour++) {
      later(60 * MINUTE_MS);
      expect(await look()).toEqual(first);
      await expect(incidents()).rejects.toThrow(NotRead);
    }
    expect(rows()).toBe(before);
    later(60 * MINUTE_MS);
    uses(0);
    await incidents();
    expect(await look()).not.toEqual(first);
  });
});
