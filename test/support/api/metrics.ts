/** What metrics are made of, with names that try to be more than names. */
import type { JobHistorySummary } from "../../../src/history/ports.ts";
import { overviewOf } from "../../../src/status/status-page.ts";
import type { MetricsSnapshot } from "../../../src/web/metrics/metrics.ts";
import { at, SETTINGS } from "../fakes/ports.ts";
import type { InstanceView } from "../../../src/status/instance-view.ts";

export const NOW = at("2026-11-23 10:00");
const MINUTE = 60_000;

export const HOSTILE = [
  'a"} 1\nchecker_job_status{id="forged',
  "back\\slash\\",
  "\\n is no line",
  "# EOF",
  "nul\u0000 and \u2028 and \r",
  "half \ud800 of a pair",
  "東京 🚒",
  "x".repeat(5_000),
];

export function card(name: string, changes: Partial<JobHistorySummary> = {}): JobHistorySummary {
  return {
    jobKey: `Web["${name}"]`,
    name: `Web ${name}`,
    group: "Web",
    isPublic: false,
    frequency: "MINUTE",
    status: "up",
    reason: "HTTP 200 in 40 ms",
    sinceMs: NOW - 60 * MINUTE,
    days: [{ atMs: NOW, up: 3, down: 1, inconclusive: 0, missed: 4, maintenance: 0 }],
    latenciesMs: [null, 40],
    ...changes,
  };
}

const TICK = {
  id: 4711,
  scheduledAtMs: NOW - 21_500,
  startedAtMs: NOW - 21_000,
  finishedAtMs: NOW - 20_000,
  frequencies: ["MINUTE"],
  caughtUp: [],
  jobs: 3,
  up: 1,
  down: 1,
  inconclusive: 1,
} as const;

export const INSTANCE: InstanceView = {
  version: 4_711,
  maintenance: [],
  suppressions: { silences: [], acknowledgements: [] },
  lastTick: TICK,
  lastTickFinishedAtMs: TICK.finishedAtMs,
  loopbacks: [
    { token: "t", sentAtMs: NOW - 90_000, returnedAtMs: NOW - 60_000, messageId: "m", sendError: null },
  ],
  oldestRefusedAtMs: null,
  oldestWaitingAtMs: NOW - 5_000,
  lastFailedAtMs: null,
  outbox: { waiting: 2, throttled: 1, failed: 3 },
  gaps: [{ frequency: "MINUTE", fromMs: NOW - 60 * MINUTE, toMs: NOW - 51 * MINUTE, slots: 10 }],
  loadErrors: [{ name: "Broken.ts", message: "does not compile" }],
};

export function measured(
  summaries: readonly JobHistorySummary[],
  { instance = {}, peers = [] }: { instance?: Partial<InstanceView>; peers?: readonly string[] } = {},
): MetricsSnapshot {
  const settings = {
    ...SETTINGS,
    staleAfterSeconds: 180,
    peers: peers.map((url) => ({ url, admin: "admin@example.org" })),
  };
  const view = { ...INSTANCE, ...instance };
  return {
    overview: overviewOf(summaries, view, settings, "admin", NOW),
    oldestWaitingAtMs: view.oldestWaitingAtMs,
    staleAfterSeconds: settings.staleAfterSeconds,
  };
}

/** All there is, once with usual names and once with hostile ones. */
export function everything(): MetricsSnapshot {
  return measured(
    [
      card("shop", { isPublic: true }),
      card("vault", { status: "down", reason: "the door is open", latenciesMs: [null], frequency: "HOUR" }),
      card("later", { status: null, sinceMs: null, days: [], latenciesMs: [null] }),
      card("https://peer.example.org/status", { status: "inconclusive" }),
      ...HOSTILE.map((name) => card(name, { name, group: name })),
    ],
    { peers: ["https://peer.example.org/status", "https://nobody.example.org/status"] },
  );
}
