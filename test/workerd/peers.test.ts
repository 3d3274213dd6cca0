import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answer, hanging, startHttpTarget, type Answer, type HttpTarget } from "../support/network/http.ts";
import type { Checker } from "../support/worker/harness.ts";
import { BASE, HOUR, MINUTE, useWorkers, utc } from "../support/worker/suite.ts";

/** Where each Checker is reached by the other, over real HTTP, and where a test breaks the way there. */
let fronts: Record<"alice" | "bob", HttpTarget>;

beforeAll(async () => {
  const [alice, bob] = await Promise.all([startHttpTarget(), startHttpTarget()]);
  fronts = { alice, bob };
});

const SYSTEM_JOBS = { JOBS: ["EmailChecker", "PeerChecker"], PEER_CHECK_EVERY: "MINUTE" };

const suite = useWorkers(() => {
  const alice = { url: `${fronts.alice.url}/status`, admin: "alice-admin@example.net" };
  const bob = { url: `${fronts.bob.url}/status`, admin: "bob-admin@example.net" };
  return [
    { name: "alice", vars: { ...SYSTEM_JOBS, PEERS: [bob] } },
    { name: "bob", vars: { ...SYSTEM_JOBS, PEERS: [alice] } },
    { name: "hourly", vars: { JOBS: ["PeerChecker"], PEERS: [bob] } },
    // The five seconds that a peer has pass in half a second.
    { name: "hasty", vars: { JOBS: ["PeerChecker"], PEERS: [bob], TIME_SCALE: 0.1 } },
  ];
});

beforeEach(() => {
  for (const name of ["alice", "bob"] as const) {
    fronts[name].reset();
    fronts[name].set("/status", forwardTo(suite.checker(name)));
  }
});

afterAll(() => Promise.all(Object.values(fronts).map((front) => front.close())));

function forwardTo(checker: Checker): Answer {
  return async (_request, response) => {
    const answered = await checker.fetch("/status");
    response.writeHead(answered.status, Object.fromEntries(answered.headers));
    response.end(await answered.text());
  };
}

/** Makes an instance well as it is made in life: by a tick, and by its message to itself. */
async function start(name: string, atMs = BASE): Promise<Checker> {
  const checker = suite.checker(name);
  await checker.tick(atMs);
  const probe = (await suite.mails()).find(({ to }) => to === checker.address);
  await checker.receive(probe?.raw ?? "");
  expect(await checker.status()).toBe("True");
  return checker;
}

/** Alice, who has found Bob well, and Bob. */
async function pair(): Promise<{ alice: Checker; bob: Checker }> {
  const bob = await start("bob");
  const alice = await start("alice");
  await bob.tick(BASE + MINUTE);
  await alice.tick(BASE + MINUTE);
  await suite.mails();
  return { alice, bob };
}

interface Told {
  readonly to: string;
  readonly subject: string;
  readonly body: string;
}

/** What was told to peers' admins, other than messages of an instance to itself. */
async function told(): Promise<Told[]> {
  return (await suite.mails())
    .filter(({ from, to }) => from !== to)
    .map(({ to, subject, body }) => ({ to, subject, body }));
}

function failed(
  headline: string,
  reason: string,
  meaning: readonly string[],
  sinceMs: number,
  nowMs: number,
): Told {
  const url = `${fronts.bob.url}/status`;
  return {
    to: "bob-admin@example.net",
    subject: `[alice] ${headline}: ${url}`,
    body: [
      `${headline}.`,
      "",
      `Peer:    ${url}`,
      `Reason:  ${reason}`,
      `Since:   ${utc(sinceMs)}`,
      `Checked: ${utc(nowMs)}`,
      "",
      ...meaning,
      "",
      "This is alice, another Checker that has yours as a peer. I tell each kind of trouble once, and",
      "when it is over.",
      "",
    ].join("\n"),
  };
}

const CANNOT_MAIL = [
  "It answers MailProblem: it cannot prove that its mail arrives, or messages of it are waiting.",
  "Its own alerts may not reach you, which is why I write.",
  "",
  "What to do: look at its mail settings and at the routing of its MAIL_FROM address.",
];
const RUNS_NOTHING = [
  "It answers JobProblem: it has not completed a run of its jobs lately, or its settings are invalid.",
  "What it is meant to watch is not being watched.",
  "",
  "What to do: look at its cron triggers and at its log.",
];
const SILENT = [
  "It did not give one of the answers that a Checker gives. It may be gone, or broken.",
  "What it is meant to watch may not be watched.",
  "",
  "What to do: see whether its address is right and whether it is deployed and running.",
];

describe("two Checkers that are each other's peers", () => {
  test("are both well, with no jobs but the two of the system, and tell nobody", async () => {
    const { alice, bob } = await pair();
    for (const checker of [alice, bob]) {
      expect(await checker.status()).toBe("True");
      expect(await checker.sql("SELECT status, reason FROM job_state WHERE job LIKE 'Peer%'")).toEqual([
        { status: "up", reason: "the peer is well" },
      ]);
    }
    expect(fronts.bob.requests[0]).toMatchObject({
      method: "GET",
      path: "/status",
      headers: { "user-agent": "Checker/1.0 (uptime monitor)" },
    });
  });

  test("that both break at once each tell the other's admin", async () => {
    const { alice, bob } = await pair();
    for (const checker of [alice, bob]) await checker.sql("DELETE FROM loopback");
    await Promise.all([alice.tick(BASE + 2 * MINUTE), bob.tick(BASE + 2 * MINUTE)]);
    const lines = (await told()).map(({ to, subject }) => `${to} ${subject}`).toSorted();
    expect(lines).toEqual([
      `alice-admin@example.net [bob] Your Checker cannot send email: ${fronts.alice.url}/status`,
      `bob-admin@example.net [alice] Your Checker cannot send email: ${fronts.bob.url}/status`,
    ]);
  });
});

describe("a peer", () => {
  const T = (minute: number): number => BASE + minute * MINUTE;

  test("whose mail is not proven is told to its admin once, and once when it is well", async () => {
    const { alice, bob } = await pair();
    await bob.sql("UPDATE loopback SET returned_at = NULL, sent_at = sent_at - ?1", HOUR);
    await alice.tick(T(2));
    const reason = "the peer cannot send email (it answers MailProblem)";
    expect(await told()).toEqual([failed("Your Checker cannot send email", reason, CANNOT_MAIL, T(2), T(2))]);
    await alice.tick(T(3));
    await alice.tick(T(4));
    expect(await told()).toEqual([]);

    await bob.sql("UPDATE loopback SET returned_at = sent_at");
    await alice.tick(T(5));
    const url = `${fronts.bob.url}/status`;
    expect(await told()).toEqual([
      {
        to: "bob-admin@example.net",
        subject: `[alice] Your Checker is well again: ${url}`,
        body: [
          `Your Checker at ${url} is well again.`,
          "",
          "Now:    the peer is well",
          `Failed: from ${utc(T(2))} to ${utc(T(5))} (3 min)`,
          "        3 failures in a row",
          "",
          "What to do: nothing. It is watched as before.",
          "",
        ].join("\n"),
      },
    ]);
    await alice.tick(T(6));
    expect(await told()).toEqual([]);
  });

  test("that runs no jobs is told to its admin once", async () => {
    const { alice, bob } = await pair();
    await bob.sql("UPDATE tick SET finished_at = finished_at - ?1", HOUR);
    await alice.tick(T(2));
    const reason = "the peer runs no jobs (it answers JobProblem)";
    expect(await told()).toEqual([
      failed("Your Checker seems to run no jobs", reason, RUNS_NOTHING, T(2), T(2)),
    ]);
    await alice.tick(T(3));
    expect(await told()).toEqual([]);
  });

  test.each([
    ["is gone", answer(521, "error code: 521"), "the peer gave no answer: connection refused (HTTP 521)"],
    [
      "has no name any more",
      answer(530, "error code: 1016"),
      "the peer gave no answer: host name not found (HTTP 530, error 1016)",
    ],
    ["fails", answer(500, "True"), "the peer gave no answer: answered HTTP 500 instead of 200"],
    [
      "answers a page that holds a word",
      answer(200, "<html>True</html>"),
      `the peer's answer is none of True, MailProblem and JobProblem: "<html>True</html>"`,
    ],
    [
      "answers a word in other letters",
      answer(200, "true"),
      `the peer's answer is none of True, MailProblem and JobProblem: "true"`,
    ],
    ["answers nothing", answer(200, ""), `the peer's answer is none of True, MailProblem and JobProblem: ""`],
    [
      "answers more than a word",
      answer(200, `True\r\nBcc: victim@example.net\r\n\r\n${"x".repeat(500)}`),
      `the peer's answer is none of True, MailProblem and JobProblem: "True Bcc: victim@example.net xxxxxxxxxx…"`,
    ],
  ])("that %s is told to its admin once", async (_how, front, reason) => {
    const alice = suite.checker("alice");
    fronts.bob.set("/status", front);
    await alice.tick(T(2));
    expect(await told()).toEqual([failed("Your Checker does not answer", reason, SILENT, T(2), T(2))]);
    await alice.tick(T(3));
    expect(await told()).toEqual([]);
  });

  test("that takes more than five seconds is told to its admin", async () => {
    fronts.bob.set("/status", hanging);
    await suite.checker("hasty").tick(BASE);
    const [mail, ...more] = await told();
    expect(more).toEqual([]);
    expect(mail?.subject).toBe(`[hasty] Your Checker does not answer: ${fronts.bob.url}/status`);
    expect(mail?.body.split("\n")[3]).toBe("Reason:  the peer gave no answer: timed out after 5 s");
  });

  test("that goes from one trouble to another is told of each, since the first began", async () => {
    const { alice, bob } = await pair();
    await bob.sql("UPDATE loopback SET returned_at = NULL, sent_at = sent_at - ?1", HOUR);
    await alice.tick(T(2));
    await bob.sql("UPDATE tick SET finished_at = finished_at - ?1", HOUR);
    await alice.tick(T(3));
    fronts.bob.set("/status", answer(502));
    await alice.tick(T(4));
    await alice.tick(T(5));
    expect(await told()).toEqual([
      failed(
        "Your Checker cannot send email",
        "the peer cannot send email (it answers MailProblem)",
        CANNOT_MAIL,
        T(2),
        T(2),
      ),
      failed(
        "Your Checker seems to run no jobs",
        "the peer runs no jobs (it answers JobProblem)",
        RUNS_NOTHING,
        T(2),
        T(3),
      ),
      failed(
        "Your Checker does not answer",
        "the peer gave no answer: answered HTTP 502 instead of 200",
        SILENT,
        T(2),
        T(4),
      ),
    ]);
  });

  test("that this instance may not ask is told to nobody at once", async () => {
    const alice = suite.checker("alice");
    const edge = { server: "cloudflare", "cf-ray": "8a1b2c3d4e5f6071-FRA" };
    fronts.bob.set("/status", answer(404, "error code: 1042", edge));
    await alice.tick(T(2));
    expect(await told()).toEqual([]);
    expect(await alice.sql("SELECT status, reason FROM job_state WHERE job LIKE 'Peer%'")).toEqual([
      {
        status: "inconclusive",
        reason:
          "cannot be checked from here: a Worker cannot fetch another Worker of its account by its workers.dev name (error 1042)",
      },
    ]);
  });

  test("is asked every hour unless the settings say otherwise", async () => {
    const hourly = suite.checker("hourly");
    fronts.bob.set("/status", answer(200, "True"));
    for (const minute of [0, 1, 59, 60, 61]) await hourly.tick(BASE + minute * MINUTE);
    expect(fronts.bob.requests).toHaveLength(2);
  });
});
