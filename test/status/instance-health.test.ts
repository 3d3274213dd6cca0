import { describe, expect, test } from "vitest";
import { NO_SUPPRESSIONS } from "../../src/alerting/suppression.ts";
import type { JobStatusRow } from "../../src/history/ports.ts";
import type { LoopbackMail } from "../../src/self-check/loopback.ts";
import { instanceHealth } from "../../src/status/instance-health.ts";
import { at, SETTINGS } from "../support/fakes/ports.ts";
import type { InstanceView } from "../../src/status/instance-view.ts";

const NOW = at("2026-11-23 10:00");

function instance(changes: Partial<InstanceView> = {}): InstanceView {
  return {
    version: 1,
    lastTick: null,
    lastTickFinishedAtMs: NOW - 1_000,
    loopbacks: [],
    oldestRefusedAtMs: null,
    oldestWaitingAtMs: null,
    lastFailedAtMs: null,
    outbox: { waiting: 0, throttled: 0, failed: 0 },
    gaps: [],
    loadErrors: [],
    maintenance: [],
    suppressions: NO_SUPPRESSIONS,
    ...changes,
  };
}

const probe = (sentAtMs: number, returnedAtMs: number | null): LoopbackMail => {
  return { token: "t", sentAtMs, returnedAtMs, messageId: "m", sendError: null };
};

describe("the proof of mail", () => {
  test.each<[string, readonly LoopbackMail[], unknown]>([
    [
      "stands with its way",
      [probe(NOW - 9_000, NOW - 8_000)],
      { kind: "proven", sentAtMs: NOW - 9_000, returnedAtMs: NOW - 8_000 },
    ],
    [
      "is that before one on its way",
      [probe(NOW - 1_000, null), probe(NOW - 3_600_000, NOW - 3_500_000)],
      { kind: "proven", sentAtMs: NOW - 3_600_000, returnedAtMs: NOW - 3_500_000 },
    ],
    [
      "fails with a message that did not come back in time",
      [probe(NOW - 600_000, null)],
      { kind: "overdue", sentAtMs: NOW - 600_000 },
    ],
    ["is not there before the first", [], { kind: "unproven" }],
  ])("%s", (_name, loopbacks, mail) => {
    expect(instanceHealth([], instance({ loopbacks }), SETTINGS, "public", NOW).mail).toEqual(mail);
  });

  test("is switched off with NO_MAIL", () => {
    const settings = { ...SETTINGS, noMail: true };
    expect(instanceHealth([], instance(), settings, "admin", NOW).mail).toEqual({ kind: "off" });
  });
});

describe("peers", () => {
  const PEER = { url: "https://peer.example/status", admin: "admin@peer.example" };
  const job = (jobKey: string): JobStatusRow => {
    return {
      jobKey,
      name: jobKey,
      group: "x",
      isPublic: false,
      frequency: "HOUR",
      status: "down",
      reason: "it says MailProblem",
      sinceMs: NOW,
    };
  };
  const saidOf = (...jobs: readonly JobStatusRow[]) =>
    instanceHealth(jobs, instance(), { ...SETTINGS, peers: [PEER] }, "admin", NOW).details?.peers.map(
      ({ url, lastResult }) => [url, lastResult?.jobKey ?? null],
    );

  test("are shown with what their job last saw, whatever its file is called", () => {
    const own = `PeerChecker["https://peer.example/status"]`;
    const other = `Web["https://peer.example/status"]`;
    expect(saidOf(job(other), job(own))).toEqual([[PEER.url, own]]);
    expect(saidOf(job(other), job(`Web["https://peer.example/"]`))).toEqual([[PEER.url, other]]);
  });

  test("that no job asks are shown as such", () => {
    expect(saidOf(job(`PeerChecker["https://other.example/status"]`))).toEqual([[PEER.url, null]]);
  });
});

test("only the owner is told why, and of peers, waiting mail, gaps and broken files", () => {
  const own = instance({
    oldestRefusedAtMs: NOW - 5_000,
    loopbacks: [probe(NOW - 9_000, NOW - 8_000)],
    outbox: { waiting: 1, throttled: 2, failed: 3 },
    loadErrors: [{ name: "Broken", message: "it is broken" }],
    gaps: [{ frequency: "MINUTE", fromMs: 0, toMs: 60_000, slots: 2 }],
  });
  expect(instanceHealth([], own, SETTINGS, "admin", NOW)).toMatchObject({
    status: "MailProblem",
    details: {
      reason: "a message was refused and waits for its next attempt",
      outbox: own.outbox,
      loadErrors: own.loadErrors,
      gaps: own.gaps,
      peers: [],
    },
  });
  expect(instanceHealth([], own, SETTINGS, "public", NOW)).toMatchObject({
    status: "MailProblem",
    details: null,
  });
});
