import { describe, expect, test } from "vitest";
import { NO_USAGE, type Usage } from "../../src/usage/usage.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

/** A Checker on the Free plan that has used so much today. */
async function having(used: Partial<Usage>): Promise<Instance> {
  const checker = new Instance([jobFile("Ping", {})], { plan: "free" });
  await checker.tick("10:00");
  checker.memory.pendingUsage.add({ ...NO_USAGE, ...used });
  return checker;
}

/** Minutes of which outcomes are kept from now on, listed as they come. */
function watchKept({ store }: Instance): readonly string[] {
  const kept: string[] = [];
  const commit = store.commit.bind(store);
  store.commit = (given) => {
    for (const { atMs } of given.history.samples) kept.push(new Date(atMs).toISOString().slice(11, 16));
    return commit(given);
  };
  return kept;
}

describe("a Checker that comes near a limit of the Free plan", () => {
  test("tells its admin once a day, what and what follows", async () => {
    const checker = await having({ rowsWritten: 81_234, durableObjectMs: 90_000_000 });
    expect((await checker.tick("10:01")).map(({ subject, body }) => ({ subject, body }))).toEqual([
      {
        subject: "[checker-eu] Near a limit of the Free plan",
        body: [
          "By 2026-11-23 10:01 UTC this Checker has used more than 80 % of what Cloudflare's Free plan gives:",
          "",
          "- Durable Object time: 11,520 of 13,000 GB-s",
          "- D1 rows written: 81,234 of 100,000",
          "",
          "Beyond it the platform refuses, until midnight UTC. To leave what is left to alerts, history is kept of every",
          "fifth minute alone once 80 % of the rows written are used, and of none from 95 % on. Checks and alerts go on.",
          "",
          "What to do: check less often, or fewer targets, or change to the Paid plan (and set PLAN to it); npm run check",
          "shows what your jobs need in a day.",
          "",
          "Jobs that hang until their time-out take most of the Durable Object time. Until midnight UTC those that have hung",
          "ten times in a row are checked every 5 minutes only, from 90 % on every 15, and from 95 % on every 30: they stay",
          "down meanwhile, and their recovery is found that much later. To avoid it, remove targets that are gone, or set a",
          "shorter timeoutMs.",
          "",
        ].join("\n"),
      },
    ]);
    expect(await checker.tick("10:02")).toEqual([]);
    checker.memory.pendingUsage.add({ ...NO_USAGE, rowsRead: 4_000_000 });
    const [ofReads, ...others] = await checker.tick("10:03");
    expect(others).toEqual([]);
    expect(ofReads?.body).toContain(
      [
        "shows what your jobs need in a day.",
        "",
        "Until midnight UTC the public pages and the API show strangers what was read before, or answer 503 with when to",
        "ask again. You see everything.",
        "",
      ].join("\n"),
    );
    await checker.tick("2026-11-24 00:00");
    checker.memory.pendingUsage.add({ ...NO_USAGE, rowsWritten: 80_000 });
    expect(await checker.tick("2026-11-24 00:01")).toHaveLength(1);
  });

  test("tells of a database that becomes full on the Paid plan as well, and lets history give way", async () => {
    const checker = new Instance([jobFile("Ping", {})], { plan: "paid" });
    await checker.tick("10:00");
    checker.memory.pendingUsage.add({ ...NO_USAGE, rowsWritten: 1e9, peakBytes: 8_000_000_000 });
    const kept = watchKept(checker);
    expect((await checker.tick("10:01")).map(({ subject, body }) => ({ subject, body }))).toEqual([
      {
        subject: "[checker-eu] Near a limit of the Paid plan",
        body: [
          "By 2026-11-23 10:01 UTC this Checker has used more than 80 % of what Cloudflare's Paid plan gives:",
          "",
          "- D1 storage: 8,000 of 10,000 MB",
          "",
          "A database that is full takes nothing more, alerts neither. Until there is room again, history is kept of every",
          "fifth minute alone, and of none from 95 % on.",
          "",
          "What to do: keep single outcomes for fewer days (HISTORY_RAW_DAYS), or check fewer targets.",
          "",
        ].join("\n"),
      },
    ]);
    // There is room again.
    expect(await checker.tick("10:02")).toEqual([]);
    expect(kept).toEqual(["10:02"]);
  });

  test("keeps history of every fifth minute, then none, and all again the next day", async () => {
    const checker = await having({ rowsWritten: 80_000 });
    const kept = watchKept(checker);
    for (const minute of ["10:01", "10:02", "10:03", "10:04", "10:05", "10:06"]) await checker.tick(minute);
    checker.memory.pendingUsage.add({ ...NO_USAGE, rowsWritten: 15_000 });
    for (const minute of ["10:07", "10:08", "10:09", "10:10"]) await checker.tick(minute);
    await checker.tick("2026-11-24 00:00");
    await checker.tick("2026-11-24 00:01");
    expect(kept).toEqual(["10:05", "00:00", "00:01"]);
  });

  test("records what was used after a commit with the next, and what a commit that failed was to record", async () => {
    const checker = await having({});
    checker.memory.pendingUsage.add({ ...NO_USAGE, rowsWritten: 7 });
    const { store } = checker;
    const commit = store.commit.bind(store);
    let conflicts = 0;
    store.commit = async (given) => (++conflicts === 1 ? "conflict" : commit(given));
    await checker.tick("10:01");
    expect((await store.readTick(timeOf("10:02"))).usage?.sum.rowsWritten).toBe(7);
  });
});
