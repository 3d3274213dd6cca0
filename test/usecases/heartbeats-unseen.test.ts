/** What a heartbeat went through between two ticks, in whole ticks. */
import { describe, expect, test, vi } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { heartbeats, HOURLY, ping } from "../support/fakes/heartbeats.ts";
import { timeOf, type Instance } from "../support/timeline/instance.ts";

async function incidentsOf(checker: Instance): Promise<unknown> {
  if (!(checker.store instanceof MemoryStore)) throw new Error("no memory store");
  const incidents = await checker.store.history.readIncidents({ after: null, limit: 9, jobKey: null });
  return incidents.map(({ ended, firstReason }) => [ended, firstReason]);
}

describe("a heartbeat", () => {
  test.each<[string, string, readonly [string, string][]]>([
    ["a success", "10:01", [["10:00:40", "0"]]],
    ["a success of the same moment", "10:01", [["10:00:30", "0"]]],
    [
      "a start and a success",
      "10:01",
      [
        ["10:00:35", "start"],
        ["10:00:50", "0"],
      ],
    ],
    ["a success, while ticks are away for four minutes", "10:05", [["10:02", "0"]]],
    ["a success, while ticks are away for a day", "2026-11-24 10:00", [["2026-11-24 09:59", "0"]]],
  ])("that failed is notified and kept as an incident, though %s followed", async (_what, next, later) => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    await ping(checker, "10:00:30", "1", { output: "copying\ndisk full" });
    for (const [time, signal] of later) await ping(checker, time, signal, { output: "fine" });
    const failed = (await checker.tick(next)).find(({ body }) => body.startsWith("Heartbeats sync failed"));
    expect(failed?.body).toContain(
      "Reason:   failed with exit code 1 at 2026-11-23 10:00 UTC, and a success followed; it printed: disk full\n",
    );
    expect(failed?.body)
      .toContain(`What to do: look at what the work printed. A success has followed, so the next tick reports a recovery.

It printed:

copying
disk full
`);
    const oneLater = new Date(timeOf(next) + 60_000).toISOString().slice(0, 16).replace("T", " ");
    expect(await checker.subjects(oneLater)).toEqual(["[checker-eu] Heartbeats sync is well again"]);
    expect(await incidentsOf(checker)).toEqual([["recovered", expect.stringContaining("disk full")]]);
  });

  test("that failed several times between two ticks is notified once, with the newest failure", async () => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    for (const [index, code] of ["3", "0", "4", "0"].entries()) await ping(checker, `10:00:1${index}`, code);
    const [failed, ...noMore] = await checker.tick("10:01");
    expect(noMore).toEqual([]);
    expect(failed?.body).toContain("failed with exit code 4 at 2026-11-23 10:00 UTC, and a success followed");
    expect(await checker.subjects("10:02")).toEqual(["[checker-eu] Heartbeats sync is well again"]);
    expect(await checker.tick("10:03")).toEqual([]);
  });

  test("that failed is not forgotten by a tick that comes twice or is not committed", async () => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    await ping(checker, "10:00:30", "1");
    await ping(checker, "10:00:40", "0");
    const commit = vi.spyOn(checker.store, "commit");
    commit.mockRejectedValueOnce(new Error("the invocation died"));
    await expect(checker.runTick("10:01")).rejects.toThrow("the invocation died");
    expect(await checker.subjects("10:02")).toEqual(["[checker-eu] Heartbeats sync failed"]);
    expect(await checker.runTick("10:02")).toEqual({ kind: "nothing due" });
    expect(await checker.subjects("10:03")).toEqual(["[checker-eu] Heartbeats sync is well again"]);
  });

  test("that took too long or came late between two ticks is notified once", async () => {
    const checker = heartbeats({ ...HOURLY, maxRunMinutes: 1 });
    await checker.tick("10:00");
    await ping(checker, "10:00:30", "start");
    await ping(checker, "10:02:30", "0");
    const [tooLong] = (await checker.tick("10:05")).filter(({ body }) => body.startsWith("Heartbeats sync"));
    expect(tooLong?.body).toContain(
      "ran from 2026-11-23 10:00 UTC to 2026-11-23 10:02 UTC, longer than 1 min",
    );
    expect(await checker.subjects("10:06")).toEqual(["[checker-eu] Heartbeats sync is well again"]);
    await checker.tick("11:12");
    await ping(checker, "11:12:45", "0");
    const [late] = await checker.tick("11:13");
    expect(late?.body).toContain(
      "no ping since 2026-11-23 10:02 UTC until 2026-11-23 11:12 UTC; one was due",
    );
    expect(await checker.subjects("11:14")).toEqual(["[checker-eu] Heartbeats sync is well again"]);
    expect(await checker.tick("11:15")).toEqual([]);
  });
});
