import { describe, expect, test } from "vitest";
import { PeerSpawner } from "../../src/checks/peer.ts";
import { up, type Outcome } from "../../src/core/outcome.ts";
import type { Peer } from "../../src/core/settings.ts";
import type { JobDefinition } from "../../src/job-loading/job-definition.ts";
import { Instance } from "../support/timeline/instance.ts";
import { jobContext, loadList } from "../support/fakes/jobs.ts";

const PEER: Peer = { url: "https://peer.example/status", admin: "admin@peer.example" };

class PeerChecker extends PeerSpawner {}

async function onePeer(): Promise<JobDefinition> {
  const { jobs } = await loadList(PeerChecker, { peers: [PEER] });
  const [job] = jobs;
  if (job === undefined) throw new Error("there is no peer");
  return job;
}

async function answered(fetch: () => Promise<Response>): Promise<Outcome> {
  return (await onePeer()).job.execute(jobContext({ fetch })) as Promise<Outcome>;
}

describe("the peers in the settings", () => {
  test("are asked each by a job of its own, hourly, told on each change", async () => {
    const other = { url: "http://other.example/status", admin: "x@example.com" };
    const { jobs, fault } = await loadList(PeerChecker, { peers: [PEER, other] });
    expect(fault).toBeNull();
    expect(jobs.map((job) => job.jobKey)).toEqual([
      `List["https://peer.example/status"]`,
      `List["http://other.example/status"]`,
    ]);
    expect(jobs[0]).toMatchObject({
      frequency: "HOUR",
      policy: { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 1 },
    });
  });

  test("are asked as often as the settings say, and none gives no job", async () => {
    const { jobs } = await loadList(PeerChecker, { peers: [PEER], peerCheckEvery: "MINUTE" });
    expect(jobs[0]?.frequency).toBe("MINUTE");
    expect(await loadList(PeerChecker, { peers: [] })).toEqual({ jobs: [], fault: null });
  });

  test("keep their state when only their admin changes", async () => {
    const { jobs } = await loadList(PeerChecker, { peers: [{ ...PEER, admin: "new@peer.example" }] });
    expect(jobs[0]?.jobKey).toBe((await onePeer()).jobKey);
  });
});

test("each of a peer's answers is an outcome, and each trouble a condition of its own", async () => {
  const say = (word: string) => () => Promise.resolve(new Response(word));
  expect(await answered(say("True"))).toEqual(up("the peer is well", 12));
  expect(await answered(say("MailProblem"))).toEqual({
    status: "down",
    reason: "the peer cannot send email (it answers MailProblem)",
    latencyMs: 12,
    failureKind: "mail",
  });
  expect(await answered(say("JobProblem"))).toEqual({
    status: "down",
    reason: "the peer runs no jobs (it answers JobProblem)",
    latencyMs: 12,
    failureKind: "jobs",
  });
  expect(await answered(() => Promise.resolve(new Response("no", { status: 500 })))).toEqual({
    status: "down",
    reason: "the peer gave no answer: answered HTTP 500 instead of 200",
    latencyMs: 12,
    failureKind: "silent",
  });
  expect(await answered(() => Promise.reject(new Error("Too many subrequests.")))).toEqual({
    status: "inconclusive",
    reason: "cannot be checked from here: Too many subrequests.",
    latencyMs: null,
    failureKind: null,
  });
});

describe("a peer's admin", () => {
  const lines = (url: string, reason: string, since: string, checked: string): string =>
    `Peer:    ${url}\nReason:  ${reason}\nSince:   2026-11-23 ${since} UTC\nChecked: 2026-11-23 ${checked} UTC\n`;
  const SIGNATURE =
    "This is checker-eu, another Checker that has yours as a peer. I tell each kind of trouble once, and\nwhen it is over.\n";

  test("is told each trouble once, in words of its own, and when it is over", async () => {
    let word = "True";
    const checker = new Instance([{ name: "PeerChecker", load: () => Promise.resolve({ PeerChecker }) }], {
      peers: [PEER],
      alertContacts: ["owner@example.com"],
    });
    checker.network = { ...checker.network, fetch: () => Promise.resolve(new Response(word)) };
    expect(await checker.tick("10:00")).toEqual([]);

    word = "MailProblem";
    const [mail, ...noMore] = await checker.tick("11:00");
    expect(noMore).toEqual([]);
    expect([mail?.to, mail?.subject]).toEqual([
      "admin@peer.example",
      "[checker-eu] Your Checker cannot send email: https://peer.example/status",
    ]);
    expect(mail?.body).toBe(`Your Checker cannot send email.

${lines(PEER.url, "the peer cannot send email (it answers MailProblem)", "11:00", "11:00")}
It answers MailProblem: it cannot prove that its mail arrives, or messages of it are waiting.
Its own alerts may not reach you, which is why I write.

What to do: look at its mail settings and at the routing of its MAIL_FROM address.

${SIGNATURE}`);
    expect(await checker.tick("12:00")).toEqual([]);

    word = "JobProblem";
    const [jobs] = await checker.tick("13:00");
    expect(jobs?.subject).toBe("[checker-eu] Your Checker seems to run no jobs: https://peer.example/status");
    expect(jobs?.body).toBe(`Your Checker seems to run no jobs.

${lines(PEER.url, "the peer runs no jobs (it answers JobProblem)", "11:00", "13:00")}
It answers JobProblem: it has not completed a run of its jobs lately, or its settings are invalid.
What it is meant to watch is not being watched.

What to do: look at its cron triggers and at its log.

${SIGNATURE}`);

    word = "<html>Not found</html>";
    const [silent] = await checker.tick("14:00");
    expect(silent?.subject).toBe("[checker-eu] Your Checker does not answer: https://peer.example/status");
    expect(silent?.body).toBe(`Your Checker does not answer.

${lines(
  PEER.url,
  `the peer's answer is none of True, MailProblem and JobProblem: "<html>Not found</html>"`,
  "11:00",
  "14:00",
)}
It did not give one of the answers that a Checker gives. It may be gone, or broken.
What it is meant to watch may not be watched.

What to do: see whether its address is right and whether it is deployed and running.

${SIGNATURE}`);
    expect(await checker.tick("15:00")).toEqual([]);

    word = "True";
    const [well, ...nothingElse] = await checker.tick("16:00");
    expect(nothingElse).toEqual([]);
    expect([well?.to, well?.subject]).toEqual([
      "admin@peer.example",
      "[checker-eu] Your Checker is well again: https://peer.example/status",
    ]);
    expect(well?.body).toBe(`Your Checker at https://peer.example/status is well again.

Now:    the peer is well
Failed: from 2026-11-23 11:00 UTC to 2026-11-23 16:00 UTC (5 h)
        5 failures in a row

What to do: nothing. It is watched as before.
`);
    expect(await checker.tick("17:00")).toEqual([]);
  });
});
