import { describe, expect, test } from "vitest";
import { NO_WORD } from "../../../src/domain/hush.ts";
import type { JobOverview } from "../../../src/domain/history/ports.ts";
import type { InstanceView } from "../../../src/domain/instance-status.ts";
import type { LoopbackProbe } from "../../../src/domain/loopback.ts";
import { selfHealth } from "../../../src/domain/pages/self-health.ts";
import { at, SETTINGS } from "../../support/fakes.ts";

const NOW = at("2026-11-23 10:00");

function instance(changes: Partial<InstanceView> = {}): InstanceView {
  return {
    version: 1,
    lastTick: null,
    lastTickFinishedAtMs: NOW - 1_000,
    probes: [],
    oldestRefusedAtMs: null,
    oldestWaitingAtMs: null,
    lastSetAsideAtMs: null,
    outbox: { waiting: 0, held: 0, setAside: 0 },
    gaps: [],
    faults: [],
    maintenance: [],
    word: NO_WORD,
    ...changes,
  };
}

const probe = (sentAtMs: number, returnedAtMs: number | null): LoopbackProbe => {
  return { token: "t", sentAtMs, returnedAtMs, messageId: "m", sendError: null };
};

describe("the proof of mail", () => {
  test.each<[string, readonly LoopbackProbe[], unknown]>([
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
  ])("%s", (_name, probes, mail) => {
    expect(selfHealth([], instance({ probes }), SETTINGS, "stranger", NOW).mail).toEqual(mail);
  });

  test("is switched off with NO_MAIL", () => {
    const settings = { ...SETTINGS, noMail: true };
    expect(selfHealth([], instance(), settings, "owner", NOW).mail).toEqual({ kind: "off" });
  });
});

describe("peers", () => {
  const PEER = { url: "https://peer.example/status", admin: "admin@peer.example" };
  const job = (identity: string): JobOverview => {
    return {
      job: identity,
      name: identity,
      group: "x",
      isPublic: false,
      frequency: "HOUR",
      status: "down",
      reason: "it says MailProblem",
      sinceMs: NOW,
    };
  };
  const saidOf = (...jobs: readonly JobOverview[]) =>
    selfHealth(jobs, instance(), { ...SETTINGS, peers: [PEER] }, "owner", NOW).details?.peers.map(
      ({ url, said }) => [url, said?.job ?? null],
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
    probes: [probe(NOW - 9_000, NOW - 8_000)],
    outbox: { waiting: 1, held: 2, setAside: 3 },
    faults: [{ name: "Broken", text: "it is broken" }],
    gaps: [{ frequency: "MINUTE", fromMs: 0, toMs: 60_000, slots: 2 }],
  });
  expect(selfHealth([], own, SETTINGS, "owner", NOW)).toMatchObject({
    word: "MailProblem",
    details: {
      reason: "a message was refused and waits for its next attempt",
      outbox: own.outbox,
      faults: own.faults,
      gaps: own.gaps,
      peers: [],
    },
  });
  expect(selfHealth([], own, SETTINGS, "stranger", NOW)).toMatchObject({
    word: "MailProblem",
    details: null,
  });
});
