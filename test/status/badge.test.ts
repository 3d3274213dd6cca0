import { describe, expect, test } from "vitest";
import type { JobHistorySummary } from "../../src/history/ports.ts";
import { badgeOf, type BadgeSubject } from "../../src/status/badge.ts";
import { jobId } from "../../src/core/job-id.ts";
import { overviewOf } from "../../src/status/status-page.ts";
import { percent } from "../../src/web/charts/numbers.ts";
import { card, INSTANCE, NOW } from "../support/api/metrics.ts";
import { SETTINGS } from "../support/fakes/ports.ts";

const ID = jobId('Web["shop"]');
const status: BadgeSubject = { of: "status", id: ID };
const uptime = (days: number): BadgeSubject => ({ of: "uptime", id: ID, days });
const mail: BadgeSubject = { of: "mail" };
const CALM = { oldestWaitingAtMs: null, outbox: { waiting: 0, throttled: 0, failed: 0 } };

function said(
  subject: BadgeSubject,
  changes: Partial<JobHistorySummary> = {},
  {
    instance = {},
    noMail = false,
    laterMs = 0,
  }: { instance?: object; noMail?: boolean; laterMs?: number } = {},
): string | null {
  const summaries = [card("shop", { isPublic: true, ...changes }), card("vault")];
  const settings = { ...SETTINGS, staleAfterSeconds: 180, noMail };
  const overview = overviewOf(
    summaries,
    { ...INSTANCE, ...CALM, ...instance },
    settings,
    "public",
    NOW + laterMs,
  );
  const badge = badgeOf(subject, overview, percent);
  return badge === null ? null : `${badge.label} | ${badge.message} (${badge.level})`;
}

const days = (...tallies: readonly (readonly [number, number])[]) =>
  tallies.map(([up, down], index) => ({
    atMs: NOW + index,
    up,
    down,
    inconclusive: 0,
    missed: 0,
    maintenance: 0,
  }));

describe("a badge says of a job", () => {
  test.each<[Partial<JobHistorySummary>, string]>([
    [{}, "shop | up (good)"],
    [{ status: "down" }, "shop | down (bad)"],
    [{ status: "inconclusive" }, "shop | cannot be checked (unknown)"],
    [{ status: null }, "shop | not run yet (unknown)"],
    [{ name: "Our shop" }, "Our shop | up (good)"],
  ])("how it is: %j", (changes, text) => {
    expect(said(status, changes)).toBe(text);
  });

  test.each<[BadgeSubject, Partial<JobHistorySummary>, string]>([
    [uptime(30), { days: days([9_990, 10]) }, "uptime 30 d | 99.90 % (good)"],
    [uptime(30), { days: days([9_989, 11]) }, "uptime 30 d | 99.89 % (fair)"],
    [uptime(7), { days: days([99, 1]) }, "uptime 7 d | 99.00 % (fair)"],
    [uptime(90), { days: days([989, 11]) }, "uptime 90 d | 98.90 % (bad)"],
    [uptime(1), { days: days([0, 5], [5, 0]) }, "uptime today | 100 % (good)"],
    [uptime(7), { days: days([0, 5], [5, 0]) }, "uptime 7 d | 50.00 % (bad)"],
    [uptime(30), { days: days([0, 0]) }, "uptime 30 d | no data (unknown)"],
  ])("how much of the time it was up: %j", (subject, changes, text) => {
    expect(said(subject, changes)).toBe(text);
  });

  test("nothing where it is private, or not there at all", () => {
    expect(said(status, { isPublic: false })).toBeNull();
    expect(said(uptime(30), { isPublic: false })).toBeNull();
    expect(said({ of: "status", id: jobId('Web["vault"]') })).toBeNull();
    expect(said({ of: "status", id: "" })).toBeNull();
  });
});

describe("a badge says of Checker's mail", () => {
  const probe = (sentAtMs: number, returnedAtMs: number | null) => ({
    loopbacks: [{ token: "t", sentAtMs, returnedAtMs, messageId: "m", sendError: null }],
  });
  test.each<[string, object, string]>([
    ["it came back", {}, "mail | proven (good)"],
    [
      "it came back, and then none was mailed",
      probe(NOW - 9_000_000, NOW - 8_999_000),
      "mail | in trouble (bad)",
    ],
    [
      "it came back, and other mail is refused",
      { oldestRefusedAtMs: NOW - 1_000 },
      "mail | in trouble (bad)",
    ],
    ["it did not come back", probe(NOW - 700_000, null), "mail | not proven (bad)"],
    ["it is on its way", probe(NOW - 1_000, null), "mail | not proven yet (unknown)"],
  ])("that %s", (_name, instance, text) => {
    expect(said(mail, {}, { instance })).toBe(text);
  });

  test("that none is sent", () => {
    expect(said(mail, {}, { noMail: true })).toBe("mail | off (unknown)");
  });
});

test("whatever it told, a badge is stale as soon as a page is, and before the first tick", () => {
  const last = { lastTickFinishedAtMs: NOW };
  for (const [subject, label] of [
    [status, "shop"],
    [uptime(30), "uptime 30 d"],
    [mail, "mail"],
  ] as const) {
    expect(said(subject, {}, { instance: last, laterMs: 179_999 })).not.toContain("stale");
    expect(said(subject, {}, { instance: last, laterMs: 180_000 })).toBe(`${label} | stale (unknown)`);
    expect(said(subject, { status: "down" }, { instance: { lastTickFinishedAtMs: null } })).toBe(
      `${label} | stale (unknown)`,
    );
  }
});
