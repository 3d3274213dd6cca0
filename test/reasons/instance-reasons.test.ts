import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { PeerSpawner } from "../../src/checks/peer.ts";
import { readInbound } from "../../src/platform/mail/read-inbound.ts";
import { parseOutboxEntry } from "../../src/storage/d1/mail/message-rows.ts";
import { FAIL_UNREADABLE } from "../../src/storage/d1/mail/outbox.ts";
import { asking } from "../../src/storage/d1/retry.ts";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { down, up } from "../../src/core/outcome.ts";
import { DatabaseError } from "../../src/core/database-error.ts";
import { CONNECTIVITY } from "../../src/execution/connectivity-rules.ts";
import { corruptRowNotification } from "../../src/scheduling/system-notifications.ts";
import { at, fakeNetwork, never, SETTINGS } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";
import { evaluateConnectivity } from "../../src/scheduling/evaluate-connectivity.ts";

const NOW = at("2026-11-23 10:04");

afterEach(() => {
  vi.useRealTimers();
});

describe("of this instance's own connection", () => {
  test("it is told that it works again, by what is checked alone", async () => {
    const visit = jobFile("A", {
      async execute({ network }) {
        await network.fetch("https://a.example/", {});
        return true;
      },
    });
    const instance = new Instance([visit], { referenceTargets: ["https://one.example/"] });
    instance.askReference = () => Promise.resolve(down("timed out after 5 s"));
    await instance.runTick("10:00");
    instance.network = fakeNetwork({ fetch: () => Promise.resolve(new Response("well")) });
    await instance.runTick("10:01");
    const state = (await instance.store.readTick(NOW)).states.get(CONNECTIVITY);
    expect(`${state?.status}: ${state?.reason}`).toBe("up: most of what is checked answers");
  });

  test("its end is told in a digest with how long it lasted", () => {
    const cutOffAt = at("2026-11-23 10:00");
    const before = evaluateConnectivity(down("none answers"), new Map(), SETTINGS, cutOffAt);
    const states = new Map([[CONNECTIVITY, before?.state ?? NEW_JOB]]);
    const over = evaluateConnectivity(up(), states, SETTINGS, NOW);
    expect(over?.notifications[0]?.item).toMatchObject({
      title: "This Checker's own connection",
      detail: "it was cut off for 4 min",
    });
  });
});

describe("rows that cannot be read are told", () => {
  const row = (key: string) => ({ table: "job_state", key, problem: "failures: Invalid type" });

  test("one by one", () => {
    const { to, item } = corruptRowNotification([row("A"), row("B\r\nC")], ["ops@example.com"], NOW);
    expect(to).toEqual(["ops@example.com"]);
    expect(item).toEqual({
      kind: "other",
      jobKey: null,
      title: "2 damaged rows in the database",
      detail: "written anew",
      atMs: NOW,
      subject: "2 damaged rows in the database",
      body: `2 rows of this Checker's own database could not be read:

- job_state, A: failures: Invalid type
- job_state, B C: failures: Invalid type

They are written anew. A job whose state is among them starts afresh: a failure that was told is told again.

What to do: nothing, unless somebody or something else writes to this database.
`,
    });
    expect(corruptRowNotification([row("A")], [], NOW).item.subject).toBe("1 damaged row in the database");
  });

  test("up to 50, and then by their number", () => {
    const damage = Array.from({ length: 52 }, (_, index) => row(`J${index}`));
    const lines = corruptRowNotification(damage, [], NOW).item.body?.split("\n") ?? [];
    expect(lines.slice(50, 54)).toEqual([
      "- job_state, J48: failures: Invalid type",
      "- job_state, J49: failures: Invalid type",
      "and 2 more.",
      "",
    ]);
  });
});

describe("a database that does not answer is told", () => {
  test("in time, as that", async () => {
    vi.useFakeTimers();
    const asked = asking(
      () => never(),
      () => 0.5,
    ).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(31_000);
    const fault = await asked;
    expect(fault).toBeInstanceOf(DatabaseError);
    expect((fault as DatabaseError).message).toBe(
      "the database does not answer: D1 did not answer within 10 s",
    );
  });

  test("to a job that needs it, as inconclusive", async () => {
    const instance = new Instance([
      jobFile("A", {
        execute: () => Promise.reject(new DatabaseError(new Error("D1_ERROR: no such table: loopback"))),
      }),
    ]);
    await instance.runTick("10:00");
    const state = (await instance.store.readTick(NOW)).states.get("A");
    expect(`${state?.status}: ${state?.reason}`).toBe(
      "inconclusive: cannot be checked: the database does not answer: D1_ERROR: no such table: loopback",
    );
  });
});

test("a stored message that cannot be read is set aside with the cause", () => {
  const database = new DatabaseSync(":memory:");
  const folder = fileURLToPath(new URL("../../migrations/", import.meta.url).href);
  for (const name of readdirSync(folder).toSorted()) {
    database.exec(readFileSync(folder + name, "utf8"));
  }
  const columns = "id, recipient, subject, body, decided_at, next_attempt_at, attempts, closed, leased_by";
  database.exec(
    `INSERT INTO message (${columns}) VALUES ('m1', 'ops@example.com', 'A failed', 'x', 0, 0, 0, 0, 'me')`,
  );
  database.prepare(FAIL_UNREADABLE).run(JSON.stringify(["m1"]), NOW, "me");
  const row = database.prepare("SELECT * FROM message").get() ?? {};
  database.close();
  expect(parseOutboxEntry(row)).toMatchObject({
    state: "failed",
    failedAtMs: NOW,
    lastError: { code: "E_UNREADABLE", reason: "the stored message cannot be read" },
  });
});

test("inbound mail that is nested too deep is refused with the parser's word", async () => {
  const levels = Array.from({ length: 30 }, (_, level) => {
    return `Content-Type: multipart/mixed; boundary="b${level}"\r\n\r\n--b${level}\r\n`;
  });
  const raw = new TextEncoder().encode(levels.join(""));
  expect(await readInbound(new Blob([raw]).stream() as ReadableStream<Uint8Array>, raw.length)).toEqual({
    ok: false,
    reason: "this message cannot be read: Maximum MIME nesting depth of 20 levels exceeded",
  });
});

test("a peer that keeps changing is told to its admin as flapping", async () => {
  class PeerChecker extends PeerSpawner {}
  const file = { name: "PeerChecker", load: () => Promise.resolve({ PeerChecker }) };
  const peer = { url: "https://peer.example/status", admin: "admin@peer.example" };
  const instance = new Instance([file], {
    peers: [peer],
    peerCheckEvery: "MINUTE",
    flapping: { changes: 3, runs: 20 },
  });
  let word = "True";
  instance.network = fakeNetwork({ fetch: () => Promise.resolve(new Response(word)) });
  const mails: string[] = [];
  for (let minute = 0; minute < 4; minute += 1) {
    word = minute % 2 === 0 ? "True" : "MailProblem";
    for (const { to, subject } of await instance.tick(`10:0${minute}`)) mails.push(`${to}: ${subject}`);
  }
  expect(mails).toEqual([
    "admin@peer.example: [checker-eu] Your Checker cannot send email: https://peer.example/status",
    "admin@peer.example: [checker-eu] Your Checker is well again: https://peer.example/status",
    "admin@peer.example: [checker-eu] Your Checker is flapping: https://peer.example/status",
  ]);
});
