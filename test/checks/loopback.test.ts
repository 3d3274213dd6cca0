import { describe, expect, test, vi } from "vitest";
import { LoopbackJob } from "../../src/checks/loopback.ts";
import type { LoopbackMail } from "../../src/self-check/loopback.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import { defineJob } from "../../src/job-loading/job-definition.ts";
import type { Settings } from "../../src/core/settings.ts";
import { at, probeAt, SETTINGS } from "../support/fakes/ports.ts";
import { jobContext } from "../support/fakes/jobs.ts";

class EmailChecker extends LoopbackJob {}

function emailChecker(settings: Partial<Settings> = {}): EmailChecker {
  return new EmailChecker(jobConfig("EmailChecker", { ...SETTINGS, ...settings }));
}

/** Outcome of a run at `time` with these probes, and how many new ones it asked for. */
async function run(time: string, probes: readonly LoopbackMail[], settings: Partial<Settings> = {}) {
  const sendLoopback = vi.fn(() => undefined);
  const loopback = { recent: () => Promise.resolve(probes), sendLoopback };
  const outcome = await emailChecker(settings).execute(
    jobContext({}, { nowMs: at(`2026-11-23 ${time}`), loopback }),
  );
  return {
    said: `${outcome.status}: ${outcome.reason}`,
    latencyMs: outcome.latencyMs,
    mailed: sendLoopback.mock.calls.length,
  };
}

const sentAtTen = at("2026-11-23 10:00:02");

test("it looks every minute, and tells every hour from the first failure on", () => {
  expect(defineJob(emailChecker())).toMatchObject({
    jobKey: "EmailChecker",
    frequency: "MINUTE",
    policy: { notifyOnFailureEvery: "EVERYHOUR", numberFailuresBeforeNotification: 1 },
  });
});

describe("a run", () => {
  test("with no probe yet mails the first and waits", async () => {
    expect(await run("10:07", [])).toEqual({
      said: "inconclusive: waiting for the first message to itself to come back",
      latencyMs: null,
      mailed: 1,
    });
  });

  test("within the hour mails no other", async () => {
    expect((await run("10:59", [probeAt(sentAtTen, { returnedAtMs: sentAtTen + 1 })])).mailed).toBe(0);
    expect((await run("11:00", [probeAt(sentAtTen, { returnedAtMs: sentAtTen + 1 })])).mailed).toBe(1);
  });

  test("after the probe came back is up, with the round trip as its latency", async () => {
    expect(await run("10:01", [probeAt(sentAtTen, { returnedAtMs: sentAtTen + 75_000 })])).toEqual({
      said: "up: a message to itself came back in 1 min 15 s",
      latencyMs: 75_000,
      mailed: 0,
    });
  });

  test("after its time is down, and names what the mail service had answered", async () => {
    expect((await run("10:10", [probeAt(sentAtTen)])).said).toBe(
      "inconclusive: waiting for the first message to itself to come back",
    );
    expect((await run("10:11", [probeAt(sentAtTen)])).said).toBe(
      "down: the message mailed to itself at 2026-11-23 10:00 UTC did not come back within 10 min",
    );
    expect(
      (await run("10:11", [probeAt(sentAtTen, { sendError: "E_DAILY_LIMIT_EXCEEDED: no more today" })])).said,
    ).toBe(
      "down: the message mailed to itself at 2026-11-23 10:00 UTC did not come back within 10 min; the mail service answered E_DAILY_LIMIT_EXCEEDED: no more today",
    );
  });

  test("takes the time that a probe may need from the settings", async () => {
    expect((await run("10:02", [probeAt(sentAtTen)], { loopbackTimeoutSeconds: 60 })).said).toBe(
      "down: the message mailed to itself at 2026-11-23 10:00 UTC did not come back within 1 min",
    );
  });

  test("goes on mailing probes while it fails, for that is how it heals", async () => {
    const { said, mailed } = await run("11:00", [probeAt(sentAtTen)]);
    expect(said).toMatch(/^down: /);
    expect(mailed).toBe(1);
  });

  test("with NO_MAIL mails nothing, asks nothing, and claims nothing", async () => {
    expect(
      await run("10:00", [probeAt(sentAtTen, { returnedAtMs: sentAtTen + 1 })], { noMail: true }),
    ).toEqual({
      said: "inconclusive: NO_MAIL is set, so nothing is mailed and nothing is proven",
      latencyMs: null,
      mailed: 0,
    });
  });

  test("that cannot read its probes fails as any job does", async () => {
    const loopback = { recent: () => Promise.reject(new Error("D1 is away")), sendLoopback: () => undefined };
    await expect(emailChecker().execute(jobContext({}, { loopback }))).rejects.toThrow("D1 is away");
  });
});
