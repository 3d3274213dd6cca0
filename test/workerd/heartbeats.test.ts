import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { pingAddress, pingKey } from "../../src/platform/pings/ping-key.ts";
import { jobId } from "../../src/core/job-id.ts";
import { latin1, units } from "../support/mail/charsets.ts";
import type { Checker } from "../support/worker/harness.ts";
import { ADMIN_TOKEN, BASE, HOUR, MINUTE, useWorkers, utc } from "../support/worker/suite.ts";

const PING_SECRET = "a secret of the owner, and a long one";
const HEARTBEATS = [{ name: "backup", everyMinutes: 60 }];
const SYNC = Array.from({ length: 20 }, (_, index) => ({ name: `sync ${index}`, everyMinutes: 60 }));

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Heartbeats", "Steered"], HEARTBEATS, PING_SECRET, ADMIN_TOKEN } },
  {
    name: "sharded",
    runners: true,
    vars: { JOBS: ["Heartbeats", "Steered"], HEARTBEATS: SYNC, PING_SECRET, SHARD_SIZE: 2, IN_PLACE_JOBS: 0 },
  },
  { name: "other", vars: { JOBS: ["Steered"] } },
  { name: "unset", vars: { JOBS: ["Heartbeats"], HEARTBEATS, ADMIN_TOKEN } },
]);

const pathOf = async (name = "backup"): Promise<string> =>
  `/ping/${await pingKey(PING_SECRET, `Heartbeats["${name}"]`)}`;

async function ping(signal: string, init?: RequestInit, name?: string): Promise<string> {
  const answer = await suite
    .checker(name)
    .fetch((await pathOf(name === "sharded" ? "sync 7" : "backup")) + signal, init);
  return `${answer.status} ${await answer.text()}`;
}

async function state(name?: string): Promise<unknown> {
  const [row] = await suite
    .checker(name)
    .sql("SELECT status, reason FROM job_state WHERE job GLOB 'Heartbeats*'");
  return row === undefined ? null : `${row["status"]}: ${row["reason"]}`;
}

/** As if every minute until then had been recorded. */
async function tickedUntil(checker: Checker, untilMs: number): Promise<void> {
  await checker.sql(
    "UPDATE frequency SET completed_slot = ?1, claimed_slot = ?1 WHERE name = 'MINUTE'",
    untilMs,
  );
}

describe("a heartbeat", () => {
  test("goes from its ping to the mail, with what was printed, and from the next ping to its recovery", async () => {
    const checker = suite.checker();
    expect(await ping("")).toBe(
      "404 No heartbeat is watched under this address; a new one is from the next minute on\n",
    );
    await checker.tick(BASE);
    expect(await ping("/start")).toBe("200 OK");
    expect(await ping("/3", { method: "POST", body: "copying\nno space left on device\n" })).toBe("200 OK");
    const endedAt = utc(checker.now());
    await checker.tick(BASE + MINUTE);
    const [failed, ...noMore] = await suite.mails();
    expect(noMore).toEqual([]);
    expect(failed?.header("subject")).toBe("[one] Heartbeats backup failed");
    expect(failed?.body).toContain(
      `Reason:   failed with exit code 3 at ${endedAt}; it printed: no space left on device\n`,
    );
    expect(failed?.body).toContain("It printed:\n\ncopying\nno space left on device\n");
    expect(await ping("", { method: "HEAD" })).toBe("200 ");
    await checker.tick(BASE + 2 * MINUTE);
    expect((await suite.mails()).map((mail) => mail.header("subject"))).toEqual([
      "[one] Heartbeats backup is well again",
    ]);
  });

  test("shows its owner where it is pinged, and what was said; strangers nothing of it", async () => {
    const checker = suite.checker();
    await checker.tick(BASE);
    const page = `/jobs/${jobId('Heartbeats["backup"]')}`;
    const read = async (headers = {}): Promise<string> =>
      (await checker.fetch(page, { headers })).text().then((html) => html.replaceAll(/<[^>]*>/g, ""));
    const owner = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const path = await pathOf();
    expect(await read(owner)).toMatch(
      new RegExp(`Pingshttps?://[^/]+${path}Whoever .*No end of a run was told yet`),
    );
    await ping("/start");
    expect(await read(owner)).toMatch(/says more\.Runs for \d+ s, since /);
    await ping("/3", { method: "POST", body: "<b>no space</b>" });
    expect(await read(owner)).toMatch(
      /Failed with exit code 3 \d+ s ago \(.*\), after \d+ m?sWhat that run printed:&lt;b&gt;no space&lt;\/b&gt;/,
    );
    await ping("/start");
    await ping("/log", { method: "POST", body: "copying" });
    expect(await read(owner)).toMatch(/Runs for .*What was printed since:copying/);
    for (const text of [path.slice(-32), "exit code", "no space"]) expect(await read()).not.toContain(text);
  });

  test("that cannot be pinged any more says so on its page", async () => {
    const checker = suite.checker("unset");
    await checker.tick(BASE);
    const id = jobId('Heartbeats["backup"]');
    // From when there was a secret.
    await checker.sql(
      "INSERT INTO heartbeat (id, job, active_since, evaluated_at) VALUES (?1, 'b', 0, 0)",
      id,
    );
    const answer = await checker.fetch(`/jobs/${id}`, {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    expect(await answer.text()).toContain(
      "<p>PING_SECRET is not set, so it has no address that could be pinged;",
    );
  });

  test("that stays silent is told when its grace is over", async () => {
    const checker = suite.checker();
    await checker.tick(BASE);
    expect(await ping("")).toBe("200 OK");
    const pingedAt = checker.now();
    await tickedUntil(checker, BASE + HOUR + 8 * MINUTE);
    await checker.tick(BASE + HOUR + 9 * MINUTE);
    expect(await suite.mails()).toEqual([]);
    await checker.tick(BASE + HOUR + 12 * MINUTE);
    const [missing] = await suite.mails();
    expect(missing?.body).toContain(
      `Reason:   no ping since ${utc(pingedAt)}; one was due at ${utc(pingedAt + HOUR)}, and 10 min of grace are over\n`,
    );
  });

  test("is not blamed for a time in which nobody could write down its pings: it is due anew from its end", async () => {
    const checker = suite.checker();
    await checker.tick(BASE);
    expect(await ping("")).toBe("200 OK");
    // Nothing was recorded for two hours and a half.
    const back = BASE + 2 * HOUR + 30 * MINUTE;
    await checker.tick(back);
    await checker.tick(back + MINUTE);
    expect(await state()).toMatch(/^up: /);
    const aboutBackup = async (): Promise<readonly string[]> =>
      (await suite.mails()).map(({ subject }) => subject).filter((subject) => subject.includes("backup"));
    expect(await aboutBackup()).toEqual([]);
    await tickedUntil(checker, back + HOUR + 8 * MINUTE);
    await checker.tick(back + HOUR + 9 * MINUTE);
    expect(await aboutBackup()).toEqual([]);
    await checker.tick(back + HOUR + 12 * MINUTE);
    expect(await aboutBackup()).toEqual(["[one] Heartbeats backup failed"]);
  });

  test("whose Checker has no secret says what is to be done", async () => {
    const checker = suite.checker("unset");
    await checker.tick(BASE);
    expect(await ping("", {}, "unset")).toBe("404 Not found\n");
    expect(await state("unset")).toBe(
      "inconclusive: PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md",
    );
  });

  test("costs a quiet tick one query and no row", async () => {
    const [watching, other] = [suite.checker("one"), suite.checker("other")];
    await watching.tick(BASE);
    await watching.tick(BASE + MINUTE);
    suite.steering.jobs = [{ name: "db", always: "up" }];
    await other.tick(BASE);
    await other.tick(BASE + MINUTE);
    const [, withPings, , without] = suite.steering.costs;
    expect(withPings).toEqual({ rowsWritten: without?.rowsWritten, queries: (without?.queries ?? NaN) + 1 });
  });

  test("is judged where the tick runs, and by none of its shards", async () => {
    const checker = suite.checker("sharded");
    suite.steering.jobs = Array.from({ length: 4 }, (_, index) => ({ name: `other ${index}` }));
    await checker.tick(BASE);
    await checker.tick(BASE + MINUTE);
    const [tick] = await checker.sql("SELECT jobs, up FROM tick ORDER BY id DESC");
    expect(tick).toEqual({ jobs: 24, up: 24 });
    expect(await ping("/fail", {}, "sharded")).toBe("200 OK");
    await checker.tick(BASE + 2 * MINUTE);
    expect((await suite.mails()).map((mail) => mail.header("subject"))).toEqual([
      "[sharded] Heartbeats sync 7 failed",
    ]);
    expect(suite.steering.calls.filter((call) => call.startsWith("run "))).toHaveLength(6);
  });
});

describe("a ping over real HTTP", () => {
  /** Sends a body piece by piece, as curl does: the status of the answer, or that the connection was cut. */
  function send(url: string, ...pieces: readonly string[]): Promise<number | "cut" | undefined> {
    return new Promise((resolve) => {
      const sending = request(url, { method: "POST" }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode));
      });
      sending.on("error", () => resolve("cut"));
      for (const piece of pieces) sending.write(piece);
      sending.end("\nthe end");
    });
  }

  async function kept(): Promise<unknown> {
    const [row] = await suite.checker().sql("SELECT code, output FROM heartbeat");
    return row;
  }

  test("with 900 KB is answered, and the end of them kept", async () => {
    await suite.checker().tick(BASE);
    const address = await pingAddress(suite.url, PING_SECRET, `Heartbeats["backup"]`);
    expect(await send(`${address}/fail`, ...Array.from({ length: 9 }, () => "x".repeat(100_000)))).toBe(200);
    expect(await kept()).toEqual({ code: -1, output: `…${"x".repeat(1_991)}\nthe end` });
  });

  test("with ten megabytes is answered, and the end of them kept", async () => {
    await suite.checker().tick(BASE);
    const address = await pingAddress(suite.url, PING_SECRET, `Heartbeats["backup"]`);
    expect(await send(`${address}/3`, ...Array.from({ length: 10 }, () => "x".repeat(1_000_000)))).toBe(200);
    expect(await kept()).toEqual({ code: 3, output: `…${"x".repeat(1_991)}\nthe end` });
  });

  test("in any charset, and with slashes too many, is taken", async () => {
    await suite.checker().tick(BASE);
    const url = new URL(await pingAddress(suite.url, PING_SECRET, `Heartbeats["backup"]`));
    const texts: readonly [string, Uint8Array, string][] = [
      ["iso-8859-1", latin1("Datentr\xe4ger"), "Datenträger"],
      ["windows-1252", new Uint8Array([0x80, 0x21]), "€!"],
      ["utf-16", units("\ufeff東"), "東"],
      ["utf-16be", units("東", true), "東"],
      ["shift_jis", new Uint8Array([0x93, 0x8c]), "東"],
    ];
    for (const [index, [charset, body, text]] of texts.entries()) {
      const headers = { "content-type": `text/plain; charset=${charset}` };
      const path = `/${url.pathname.replaceAll("/", "//")}//${index + 1}/`;
      const status = await new Promise((resolve) => {
        const { hostname, port } = url;
        const sending = request({ hostname, port, path, method: "POST", headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sending.end(body);
      });
      expect([charset, status, await kept()]).toEqual([charset, 200, { code: index + 1, output: text }]);
    }
  });
});
