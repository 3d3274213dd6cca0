import { describe, expect, test } from "vitest";
import { NO_WORD } from "../../../src/domain/hush.ts";
import type { DayBar, JobCard } from "../../../src/domain/history/ports.ts";
import type { InstanceView } from "../../../src/domain/instance-status.ts";
import { jobId } from "../../../src/domain/pages/job-id.ts";
import { overviewOf, type Overview, type Viewer } from "../../../src/domain/pages/overview.ts";
import { at, SETTINGS } from "../../support/fakes.ts";

const NOW = at("2026-11-23 10:00");
const MINUTE = 60_000;

function card(name: string, changes: Partial<JobCard> = {}): JobCard {
  const job = `Web["${name}"]`;
  return {
    job,
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
  probes: [
    { token: "t", sentAtMs: NOW - 90_000, returnedAtMs: NOW - 60_000, messageId: "m", sendError: null },
  ],
  oldestRefusedAtMs: null,
  oldestWaitingAtMs: null,
  lastSetAsideAtMs: null,
  outbox: { waiting: 0, held: 0, setAside: 0 },
  gaps: [],
  faults: [],
  maintenance: [],
  word: NO_WORD,
};

function overview(
  cards: readonly JobCard[],
  { instance = INSTANCE, viewer = "owner" }: { instance?: InstanceView; viewer?: Viewer } = {},
): Overview {
  return overviewOf(cards, instance, { ...SETTINGS, staleAfterSeconds: 180 }, viewer, NOW);
}

describe("the summary", () => {
  const down = { status: "down" } as const;
  const unclear = { status: "inconclusive" } as const;
  const fresh = { status: null } as const;
  test.each<[readonly Partial<JobCard>[], string, string]>([
    [[], "Nothing is watched here", "up"],
    [[{}], "The only job is up", "up"],
    [[{}, {}], "All 2 jobs are up", "up"],
    [[down], "The only job is down", "down"],
    [[down, {}], "1 of 2 jobs is down", "down"],
    [[down, down, {}], "2 of 3 jobs are down", "down"],
    [[down, unclear, fresh, {}], "1 of 4 jobs is down, 1 cannot be checked, 1 did not run yet", "down"],
    [[unclear, {}], "1 of 2 jobs is up, 1 cannot be checked", "unclear"],
    [[fresh, {}, {}], "2 of 3 jobs are up, 1 did not run yet", "new"],
    [[fresh], "None of 1 job is known to be up, 1 did not run yet", "new"],
  ])("of %j is %j", (changes, summary, worst) => {
    const cards = changes.map((change, index) => card(String(index), change));
    expect(overview(cards)).toMatchObject({ summary, worst });
  });
});

describe("jobs", () => {
  test("stand under their headings, the worst first, and of what is down the newest", () => {
    const cards = [
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
      overview(cards).groups.map(({ name, jobs }) => [name, ...jobs.map((job) => `${job.name} ${job.look}`)]),
    ).toEqual([
      ["Web", "Web d down", "Web c down", "Web b unclear", "Web a up", "Web i up"],
      ["Shop", "Web f down", "Web g up"],
      ["Bank", "Web h new"],
      ["Mail", "Web e up"],
    ]);
  });

  test("have the uptime of their days, and how much of them was seen", () => {
    const day = (up: number, down: number, inconclusive: number, missed: number): DayBar => {
      return { atMs: 0, up, down, inconclusive, missed, maintenance: 0 };
    };
    const cards = [card("a", { days: [day(80, 10, 5, 5), day(10, 0, 0, 90)] }), card("b", { days: [] })];
    const [a, b] = overview(cards).groups[0]?.jobs ?? [];
    expect([a?.uptime, a?.coverage, a?.id]).toEqual([0.9, 0.5, jobId(`Web["a"]`)]);
    expect([b?.uptime, b?.coverage]).toEqual([null, null]);
  });
});

describe("a stranger", () => {
  const cards = [
    card("secret", { status: "down", reason: "password refused", group: "Vault" }),
    card("shop", { isPublic: true, status: "down", reason: "connection refused" }),
    card("mail", { isPublic: true }),
  ];

  test("sees public jobs alone, and none of their reasons", () => {
    const seen = overview(cards, { viewer: "stranger" });
    expect(seen.groups.flatMap(({ jobs }) => jobs.map(({ name, reason }) => [name, reason]))).toEqual([
      ["Web shop", ""],
      ["Web mail", ""],
    ]);
    expect(seen.summary).toBe("1 of 2 jobs is down");
  });

  test("learns nothing of private jobs: the page is the same without them", () => {
    const publicOnly = cards.filter(({ isPublic }) => isPublic);
    expect(overview(cards, { viewer: "stranger" })).toEqual(overview(publicOnly, { viewer: "stranger" }));
    expect(JSON.stringify(overview(cards, { viewer: "stranger" }))).not.toMatch(/secret|Vault|refused/);
  });

  test("sees that Checker runs and that its mail is proven, and nothing else of it", () => {
    const instance = { ...INSTANCE, outbox: { waiting: 3, held: 0, setAside: 0 } };
    expect(overview(cards, { viewer: "stranger", instance }).self).toEqual({
      word: "True",
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
