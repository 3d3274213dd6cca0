import { describe, expect, test } from "vitest";
import { NO_SUPPRESSIONS } from "../../src/alerting/suppression.ts";
import type { DayBar, JobHistorySummary } from "../../src/history/ports.ts";
import { jobId } from "../../src/core/job-id.ts";
import { overviewOf, type StatusPageModel } from "../../src/status/status-page.ts";
import { at, SETTINGS } from "../support/fakes/ports.ts";
import type { InstanceView } from "../../src/status/instance-view.ts";
import type { Audience } from "../../src/status/audience.ts";

const NOW = at("2026-11-23 10:00");
const MINUTE = 60_000;

function card(name: string, changes: Partial<JobHistorySummary> = {}): JobHistorySummary {
  const jobKey = `Web["${name}"]`;
  return {
    jobKey,
    name: `Web ${name}`,
    group: "Web",
    isPublic: false,
    frequency: "MINUTE",
    status: "up",
    reason: "HTTP 200 in 40 ms",
    sinceMs: NOW - 60 * MINUTE,
    days: [],
    latenciesMs: [],
    ...changes,
  };
}

const INSTANCE: InstanceView = {
  version: 1,
  lastTick: null,
  lastTickFinishedAtMs: NOW - 20_000,
  loopbacks: [
    { token: "t", sentAtMs: NOW - 90_000, returnedAtMs: NOW - 60_000, messageId: "m", sendError: null },
  ],
  oldestRefusedAtMs: null,
  oldestWaitingAtMs: null,
  lastFailedAtMs: null,
  outbox: { waiting: 0, throttled: 0, failed: 0 },
  gaps: [],
  loadErrors: [],
  maintenance: [],
  suppressions: NO_SUPPRESSIONS,
};

function overview(
  summaries: readonly JobHistorySummary[],
  { instance = INSTANCE, audience = "admin" }: { instance?: InstanceView; audience?: Audience } = {},
): StatusPageModel {
  return overviewOf(summaries, instance, { ...SETTINGS, staleAfterSeconds: 180 }, audience, NOW);
}

describe("the summary", () => {
  const down = { status: "down" } as const;
  const unclear = { status: "inconclusive" } as const;
  const fresh = { status: null } as const;
  test.each<[readonly Partial<JobHistorySummary>[], string, string]>([
    [[], "Nothing is watched here", "up"],
    [[{}], "The only job is up", "up"],
    [[{}, {}], "All 2 jobs are up", "up"],
    [[down], "The only job is down", "down"],
    [[down, {}], "1 of 2 jobs is down", "down"],
    [[down, down, {}], "2 of 3 jobs are down", "down"],
    [[down, unclear, fresh, {}], "1 of 4 jobs is down, 1 cannot be checked, 1 did not run yet", "down"],
    [[unclear, {}], "1 of 2 jobs is up, 1 cannot be checked", "inconclusive"],
    [[fresh, {}, {}], "2 of 3 jobs are up, 1 did not run yet", "new"],
    [[fresh], "None of 1 job is known to be up, 1 did not run yet", "new"],
  ])("of %j is %j", (changes, summary, worst) => {
    const summaries = changes.map((change, index) => card(String(index), change));
    expect(overview(summaries)).toMatchObject({ summary, worst });
  });
});

describe("jobs", () => {
  test("stand under their headings, the worst first, and of what is down the newest", () => {
    const summaries = [
      card("a"),
      card("b", { status: "inconclusive" }),
      card("c", { status: "down", sinceMs: NOW - 9 * MINUTE }),
      card("d", { status: "down", sinceMs: NOW - 2 * MINUTE }),
      card("e", { group: "Mail" }),
      card("f", { group: "Shop", status: "down" }),
      card("g", { group: "Shop" }),
      card("h", { group: "Bank", status: null }),
      card("i"),
    ];
    expect(
      overview(summaries).groups.map(({ name, jobs }) => [
        name,
        ...jobs.map((job) => `${job.name} ${job.displayStatus}`),
      ]),
    ).toEqual([
      ["Web", "Web d down", "Web c down", "Web b inconclusive", "Web a up", "Web i up"],
      ["Shop", "Web f down", "Web g up"],
      ["Bank", "Web h new"],
      ["Mail", "Web e up"],
    ]);
  });

  test("have the uptime of their days, and how much of them was seen", () => {
    const day = (up: number, down: number, inconclusive: number, missed: number): DayBar => {
      return { atMs: 0, up, down, inconclusive, missed, maintenance: 0 };
    };
    const summaries = [card("a", { days: [day(80, 10, 5, 5), day(10, 0, 0, 90)] }), card("b", { days: [] })];
    const [a, b] = overview(summaries).groups[0]?.jobs ?? [];
    expect([a?.uptime, a?.coverage, a?.id]).toEqual([0.9, 0.5, jobId(`Web["a"]`)]);
    expect([b?.uptime, b?.coverage]).toEqual([null, null]);
  });
});

describe("a stranger", () => {
  const summaries = [
    card("secret", { status: "down", reason: "password refused", group: "Vault" }),
    card("shop", { isPublic: true, status: "down", reason: "connection refused" }),
    card("mail", { isPublic: true }),
  ];

  test("sees public jobs alone, and none of their reasons", () => {
    const seen = overview(summaries, { audience: "public" });
    expect(seen.groups.flatMap(({ jobs }) => jobs.map(({ name, reason }) => [name, reason]))).toEqual([
      ["Web shop", ""],
      ["Web mail", ""],
    ]);
    expect(seen.summary).toBe("1 of 2 jobs is down");
  });

  test("learns nothing of private jobs: the page is the same without them", () => {
    const publicOnly = summaries.filter(({ isPublic }) => isPublic);
    expect(overview(summaries, { audience: "public" })).toEqual(overview(publicOnly, { audience: "public" }));
    expect(JSON.stringify(overview(summaries, { audience: "public" }))).not.toMatch(/secret|Vault|refused/);
  });

  test("sees that Checker runs and that its mail is proven, and nothing else of it", () => {
    const instance = { ...INSTANCE, outbox: { waiting: 3, throttled: 0, failed: 0 } };
    expect(overview(summaries, { audience: "public", instance }).instance).toEqual({
      status: "True",
      mail: { kind: "proven", sentAtMs: NOW - 90_000, returnedAtMs: NOW - 60_000 },
      details: null,
    });
  });
});

describe("what is shown is", () => {
  test.each<[number | null, boolean, number | null]>([
    [null, true, null],
    [NOW - 20_000, false, NOW + 160_000],
    [NOW - 179_999, false, NOW + 1],
    [NOW - 180_000, true, null],
  ])("with a last tick at %d: stale %s, from %d on", (lastTickFinishedAtMs, isStale, staleAtMs) => {
    const seen = overview([card("a")], { instance: { ...INSTANCE, lastTickFinishedAtMs } });
    expect(seen).toMatchObject({ asOfMs: lastTickFinishedAtMs, isStale, staleAtMs });
  });
});
