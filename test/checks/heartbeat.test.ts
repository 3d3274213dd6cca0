import { describe, expect, test } from "vitest";
import { MemoryPings } from "../support/memory-store/pings.ts";
import { HeartbeatSpawner, type Heartbeat } from "../../src/checks/heartbeat.ts";
import { jobId } from "../../src/core/job-id.ts";
import type { Settings } from "../../src/core/settings.ts";
import { HeartbeatReader } from "../../src/heartbeats/heartbeat-reader.ts";
import { at } from "../support/fakes/ports.ts";
import { jobContext, loadList } from "../support/fakes/jobs.ts";

function list(heartbeats: readonly Heartbeat[], settings: Partial<Settings> = {}) {
  return loadList(
    class extends HeartbeatSpawner {
      override heartbeats = heartbeats;
    },
    settings,
  );
}

/** What an owner who does not check types may have written. */
function wrongly(entry: unknown) {
  return list([entry as Heartbeat]);
}

describe("a list of heartbeats", () => {
  test("gives a job each, judged every minute where the tick runs, and told at once", async () => {
    const { jobs, fault } = await list([
      { name: "backup", schedule: "30 2 * * *", timeZone: "Europe/Zurich", group: "Nightly", isPublic: true },
      { name: "sync", everyMinutes: 15 },
    ]);
    expect(fault).toBeNull();
    expect(jobs.map(({ jobKey, name, group, isPublic }) => [jobKey, name, group, isPublic])).toEqual([
      [`List["backup"]`, "List backup", "Nightly", true],
      [`List["sync"]`, "List sync", "List", false],
    ]);
    expect(jobs[0]).toMatchObject({
      frequency: "MINUTE",
      isPassive: true,
      policy: { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 1 },
    });
  });

  test("that is missing is called by its own name", async () => {
    const { fault } = await loadList(
      class extends HeartbeatSpawner {
        override heartbeats = undefined as unknown as Heartbeat[];
      },
    );
    expect(fault).toBe("heartbeats is missing; write override heartbeats = [ … ], a list of entries");
  });

  test("names what is to be done when two have one name", async () => {
    const { jobs, fault } = await list([
      { name: "sync", everyMinutes: 15 },
      { name: "sync", everyMinutes: 60 },
    ]);
    expect(jobs).toHaveLength(1);
    expect(fault).toBe(
      `two jobs have the identity List["sync"], twice in List; only the first runs. Give one of them another name.`,
    );
  });

  test("connects to nothing", async () => {
    const { jobs } = await list([{ name: "sync", everyMinutes: 15 }]);
    expect(jobs[0]?.job).toMatchObject({ target: null });
  });
});

describe("a wrong heartbeat is refused:", () => {
  const example = `{ name: "backup", schedule: "30 2 * * *", timeZone: "Europe/Zurich" } or { name: "sync", everyMinutes: 15 }`;
  const options =
    "name, everyMinutes, schedule, timeZone, graceMinutes, maxRunMinutes, group, isPublic, maintenance";

  test.each<[unknown, string]>([
    ["sync", `"sync" is not an entry; write ${example}`],
    [{ everyMinutes: 5 }, `name is missing; write ${example}`],
    [{ name: " ", everyMinutes: 5 }, `name is " "; write ${example}`],
    [{ name: "sync", every: 5 }, `there is no option "every"; the options are ${options}`],
    [{ name: "sync" }, `"sync" has neither everyMinutes nor schedule; give one of them, as in ${example}`],
    [
      { name: "sync", everyMinutes: 5, schedule: "* * * * *" },
      `"sync" has both everyMinutes and schedule; give one of them, as in ${example}`,
    ],
    [
      { name: "sync", everyMinutes: 5, timeZone: "UTC" },
      `"sync" has a timeZone without a schedule; leave it out`,
    ],
    [{ name: "sync", everyMinutes: 0 }, `everyMinutes of "sync" is 0; give minutes from 1 to 527040`],
    [{ name: "sync", everyMinutes: "5" }, `everyMinutes of "sync" is "5"; give minutes from 1 to 527040`],
    [{ name: "sync", everyMinutes: NaN }, `everyMinutes of "sync" is NaN; give minutes from 1 to 527040`],
    [
      { name: "sync", everyMinutes: 5, graceMinutes: 0 },
      `graceMinutes of "sync" is 0; give minutes from 1 to 527040`,
    ],
    [
      { name: "sync", everyMinutes: 5, maxRunMinutes: 527_041 },
      `maxRunMinutes of "sync" is 527041; give minutes from 1 to 527040`,
    ],
    [
      { name: "sync", schedule: "30 2 * *" },
      `"sync": "30 2 * *" has not five parts but 4; write five parts such as "30 2 * * SAT"`,
    ],
    [
      { name: "sync", schedule: "30 2 * * *", timeZone: "Zurich" },
      `"sync": "Zurich" is not a time zone; write one such as "Europe/Zurich" or "UTC"`,
    ],
  ])("%j", async (entry, problem) => {
    expect(await wrongly(entry)).toEqual({ jobs: [], fault: `entry 1: ${problem}` });
  });
});

describe("a heartbeat", () => {
  const NOON = at("2026-11-23 12:00");

  /** What one of the list is found to be, with these pings, so many minutes after noon. */
  async function found(
    entry: Heartbeat,
    minutes: number,
    settings: Partial<Settings> = {},
    code: number | null = null,
  ) {
    const { jobs } = await list([entry], settings);
    const [definition] = jobs;
    if (definition === undefined) throw new Error("no job");
    const pings = new MemoryPings();
    const watched = { id: jobId(definition.jobKey), jobKey: definition.jobKey };
    await pings.register([watched], [], NOON);
    if (code !== null) {
      await pings.recordPing(watched.id, {
        kind: { kind: "end", code },
        runId: null,
        output: "",
        atMs: NOON,
      });
    }
    const nowMs = NOON + minutes * 60_000;
    const book = new HeartbeatReader(pings, [definition.jobKey], nowMs);
    return definition.job.execute(jobContext({}, { nowMs, pings: book }));
  }

  test("may come ten minutes late unless it says otherwise", async () => {
    expect(await found({ name: "sync", everyMinutes: 15 }, 24)).toMatchObject({ status: "up" });
    expect(await found({ name: "sync", everyMinutes: 15 }, 25)).toMatchObject({
      status: "down",
      failureKind: "missing",
    });
    expect(await found({ name: "sync", everyMinutes: 15, graceMinutes: 1 }, 16)).toMatchObject({
      status: "down",
    });
  });

  test("follows UTC unless it says otherwise", async () => {
    const reasonOf = async (timeZone: { readonly timeZone?: string }) =>
      found({ name: "backup", schedule: "0 13 * * *", ...timeZone }, 24 * 60);
    expect(await reasonOf({})).toMatchObject({
      reason: "no ping yet; one was due at 2026-11-23 13:00 UTC, and 10 min of grace are over",
    });
    // 13:00 of that day is over by then in Zurich.
    expect(await reasonOf({ timeZone: "Europe/Zurich" })).toMatchObject({ status: "up" });
  });

  test("is told by the word of its exit code", async () => {
    expect(await found({ name: "sync", everyMinutes: 15 }, 1, {}, 7)).toEqual({
      status: "down",
      reason: "failed with exit code 7 at 2026-11-23 12:00 UTC",
      latencyMs: null,
      failureKind: "failed",
    });
  });

  test("that has no address cannot be checked, and says what is to be done", async () => {
    const pingProblem = "PING_SECRET is not set";
    expect(await found({ name: "sync", everyMinutes: 15 }, 600, { pingProblem })).toEqual({
      status: "inconclusive",
      reason: pingProblem,
      latencyMs: null,
      failureKind: null,
    });
  });
});
