import { expect, test } from "vitest";
import { NEW_JOB, type JobState } from "../../src/alerting/job-state.ts";
import type { DigestItem } from "../../src/mail/message.ts";
import { accepted, commit, held, messageOf, partOf, failed } from "../support/fakes/commit.ts";
import { failing, historyOf, incidentOf, laneWith } from "../support/fakes/history.ts";
import type { CreateHistory } from "./create-store.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");
const MINUTE_MS = 60_000;
const ALL = { after: null, limit: 100, jobKey: null };

export function incidentContract(createHistory: CreateHistory): void {
  test("an incident is known from its first failure on", async () => {
    const { store, reader } = await createHistory();
    expect(await reader.readIncidents(ALL)).toEqual([]);
    await commit(store, historyOf({ incidents: [failing("A", NOON)] }));
    expect(await reader.readIncidents(ALL)).toEqual([incidentOf("A", NOON)]);
  });

  test("incidents of public jobs are told apart, as long as the job is there and public", async () => {
    const { store, reader } = await createHistory();
    const publicly = { ...ALL, publicOnly: true };
    const block = laneWith(1, ["A", "B", "C"], NOON);
    const opened = block.opened.map((one) => ({ ...one, isPublic: one.jobKey !== "B" }));
    const incidents = ["A", "B", "C", "D"].map((job, index) => failing(job, NOON - index));
    await commit(store, historyOf({ ...block, opened, incidents }));
    const jobsOf = async (query: typeof ALL): Promise<unknown> =>
      (await reader.readIncidents(query)).map(({ jobKey }) => jobKey);
    expect(await jobsOf(ALL)).toEqual(["A", "B", "C", "D"]);
    expect(await jobsOf(publicly)).toEqual(["A", "C"]);
    expect(await jobsOf({ ...publicly, after: { fromMs: NOON, jobKey: "A" } } as never)).toEqual(["C"]);
    expect(await jobsOf({ ...publicly, jobKey: "B" } as never)).toEqual([]);
    await commit(store, historyOf({ ended: [{ block: 1, position: 2, toMs: NOON + MINUTE_MS }] }));
    expect(await jobsOf(publicly)).toEqual(["A"]);
  });

  test("an incident of an unsettled job is shown with what is counted in the job's state, and so is the job", async () => {
    const { store, reader } = await createHistory();
    const job = 'Lines["\\ a"]';
    const summary = {
      fromMs: NOON,
      failures: 9,
      recoveredAtMs: null,
      notifications: 2,
      firstNotifiedAtMs: NOON + 2,
    };
    const state: JobState = {
      ...NEW_JOB,
      succeeding: false,
      failures: 1,
      firstFailureAtMs: NOON + MINUTE_MS,
      status: "down",
      reason: "no signal",
      sinceMs: NOON + MINUTE_MS,
      churn: { level: 12, atMs: NOON + MINUTE_MS, summary },
    };
    const incidents = [
      failing(job, NOON),
      failing(job, NOON - MINUTE_MS, { end: { atMs: NOON, how: "recovered" } }),
    ];
    const block = laneWith(1, [job, "B"], NOON);
    await commit(store, { ...historyOf({ ...block, incidents }), churning: new Map([[job, state]]) });
    const before = incidentOf(job, NOON - MINUTE_MS, { toMs: NOON, ended: "recovered" });
    expect(await reader.readIncidents(ALL)).toEqual([
      incidentOf(job, NOON, {
        failures: 9,
        lastReason: "no signal",
        notificationCount: 2,
        firstNotifiedAtMs: NOON + 2,
      }),
      before,
    ]);
    const shown = (await reader.readJobs()).map(({ jobKey: one, status, reason }) => [one, status, reason]);
    expect(shown).toEqual([
      [job, "down", "no signal"],
      ["B", null, ""],
    ]);
    const summaries = (await reader.readSummaries(NOON)).map(({ jobKey: one, status, reason }) => [
      one,
      status,
      reason,
    ]);
    expect(summaries).toEqual(shown);
    const end = { atMs: NOON + 3, how: "recovered" } as const;
    const ended = failing(job, NOON, { failures: 10, notifiedAtMs: NOON + 2, furtherNotifications: 1, end });
    await commit(store, historyOf({ incidents: [ended] }));
    expect((await reader.readIncidents(ALL))[0]).toEqual(
      incidentOf(job, NOON, {
        failures: 10,
        notificationCount: 2,
        firstNotifiedAtMs: NOON + 2,
        toMs: NOON + 3,
        ended: "recovered",
      }),
    );
  });

  test("an incident keeps its first reason and its first telling, and counts all", async () => {
    const { store, reader } = await createHistory();
    await commit(store, historyOf({ incidents: [failing("A", NOON)] }));
    await commit(
      store,
      historyOf({ incidents: [failing("A", NOON, { notifiedAtMs: NOON + 1, reason: "other" })] }),
    );
    await commit(
      store,
      historyOf({ incidents: [failing("A", NOON, { notifiedAtMs: NOON + 2, reason: null })] }),
    );
    expect(await reader.readIncidents(ALL)).toEqual([
      incidentOf("A", NOON, { lastReason: "other", notificationCount: 2, firstNotifiedAtMs: NOON + 1 }),
    ]);
  });

  test("an incident that nobody wrote down yet is known with what was told of it before", async () => {
    const { store, reader } = await createHistory();
    const incidents = [
      failing("A", NOON, { notifiedBeforeMs: NOON + 1 }),
      failing("B", NOON, { notifiedBeforeMs: NOON + 1, notifiedAtMs: NOON + 2, reason: null }),
      failing("C", NOON, { end: { atMs: NOON + 3, how: "recovered" } }),
    ];
    await commit(store, historyOf({ incidents }));
    expect(await reader.readIncidents(ALL)).toEqual([
      incidentOf("A", NOON, { notificationCount: 1, firstNotifiedAtMs: NOON + 1 }),
      incidentOf("B", NOON, {
        notificationCount: 2,
        firstNotifiedAtMs: NOON + 1,
        firstReason: "",
        lastReason: "",
      }),
      incidentOf("C", NOON, { toMs: NOON + 3, ended: "recovered" }),
    ]);
  });

  test("an incident ends once, and goes on where its job comes back", async () => {
    const { store, reader } = await createHistory();
    const removed = { atMs: NOON + MINUTE_MS, how: "removed" } as const;
    await commit(store, historyOf({ incidents: [failing("A", NOON), failing("B", NOON)] }));
    await commit(
      store,
      historyOf({ incidents: [failing("A", NOON, { end: removed }), failing("B", NOON, { end: removed })] }),
    );
    const ended = { toMs: NOON + MINUTE_MS, ended: "removed" } as const;
    expect(await reader.readIncidents(ALL)).toEqual([
      incidentOf("A", NOON, ended),
      incidentOf("B", NOON, ended),
    ]);
    const later = { atMs: NOON + 9 * MINUTE_MS, how: "recovered" } as const;
    await commit(
      store,
      historyOf({ incidents: [failing("A", NOON, { end: later }), failing("B", NOON, { reason: "again" })] }),
    );
    expect(await reader.readIncidents(ALL)).toEqual([
      incidentOf("A", NOON, ended),
      incidentOf("B", NOON, { lastReason: "again" }),
    ]);
  });

  test("incidents come newest first, in pages, of all jobs or of one", async () => {
    const { store, reader } = await createHistory();
    const incidents = [0, 1, 2, 3].flatMap((minute) =>
      ["A", "B", "b"].map((job) => failing(job, NOON + minute * MINUTE_MS)),
    );
    await commit(store, historyOf({ incidents }));
    const pages: string[] = [];
    let after = null;
    for (let page = 0; page < 4; page++) {
      const found = await reader.readIncidents({ after, limit: 5, jobKey: null });
      pages.push(found.map(({ jobKey, fromMs }) => `${jobKey}${(fromMs - NOON) / MINUTE_MS}`).join(" "));
      after = found.at(-1) ?? after;
    }
    expect(pages).toEqual(["A3 B3 b3 A2 B2", "b2 A1 B1 b1 A0", "B0 b0", ""]);
    const ofOne = await reader.readIncidents({
      after: incidentOf("B", NOON + 3 * MINUTE_MS),
      limit: 2,
      jobKey: "B",
    });
    expect(ofOne.map(({ jobKey, fromMs }) => [jobKey, (fromMs - NOON) / MINUTE_MS])).toEqual([
      ["B", 2],
      ["B", 1],
    ]);
  });

  test("the first mail that told an incident is known once it is accepted", async () => {
    const { store, reader } = await createHistory();
    const part = (jobKey: string, minute: number, kind: DigestItem["kind"] = "failure"): DigestItem =>
      partOf("told", { kind, jobKey, atMs: NOON + minute * MINUTE_MS });
    const mailed = async (id: string, ...items: readonly DigestItem[]): Promise<void> =>
      commit(store, { messages: [messageOf(id, { items, decidedAtMs: NOON })] });
    const end = { atMs: NOON + 5 * MINUTE_MS, how: "recovered" } as const;
    await commit(
      store,
      historyOf({
        incidents: [
          failing("A", NOON),
          failing("A", NOON + 9 * MINUTE_MS),
          failing("B", NOON),
          failing("C", NOON),
        ],
      }),
    );
    await commit(store, historyOf({ incidents: [failing("A", NOON, { end })] }));
    await mailed("throttled", part("A", 0));
    await mailed("refused", part("A", 0));
    await mailed("other", part("A", 1, "other"), part("A", 1, "recovery"), part("A", 1, "inconclusive"));
    await mailed("before", part("A", -1), part("A", 6));
    await mailed("first", part("A", 5), part("B", 1, "flapping"), part("nobody", 1));
    await mailed("second", part("A", 2), part("B", 2));
    await store.recordDeliveries([held("throttled", NOON + 1), failed("refused", NOON + 1, "E_X: no")]);
    await store.recordDeliveries([accepted("other", NOON + 2), accepted("before", NOON + 3)]);
    expect((await reader.readIncidents(ALL)).map(({ acceptedAtMs }) => acceptedAtMs)).toEqual([
      null,
      null,
      null,
      null,
    ]);
    await store.recordDeliveries([accepted("first", NOON + 4)]);
    await store.recordDeliveries([accepted("first", NOON + 5), accepted("second", NOON + 6)]);
    expect(
      (await reader.readIncidents(ALL)).map(({ jobKey, acceptedAtMs }) => [jobKey, acceptedAtMs]),
    ).toEqual([
      ["A", null],
      ["A", NOON + 4],
      ["B", NOON + 4],
      ["C", null],
    ]);
  });

  test("of a job that was gone for long, state and open incident are forgotten, and nothing of others", async () => {
    const { store, keeper, reader } = await createHistory();
    const failed = { ...NEW_JOB, succeeding: false, failures: 1, firstFailureAtMs: NOON };
    await commit(store, {
      states: new Map(
        ["gone", "lately", "there", "checker:connectivity", "never placed"].map((job) => [job, failed]),
      ),
      ...historyOf({
        ...laneWith(1, ["gone", "lately", "there"], NOON),
        incidents: ["gone", "lately", "there"].map((job) => failing(job, NOON)),
      }),
    });
    await commit(
      store,
      historyOf({
        changed: laneWith(1, ["there"], NOON).changed.map((block) => ({
          ...block,
          jobs: [null, null, "there"],
        })),
        ended: [
          { block: 1, position: 0, toMs: NOON + 1 * MINUTE_MS },
          { block: 1, position: 1, toMs: NOON + 5 * MINUTE_MS },
        ],
      }),
    );
    // Before anything was placed for so long, nobody knows what is gone.
    await keeper.forgetJobs(NOON + 9 * MINUTE_MS, NOON, 0);
    expect((await store.readTick(NOON)).states.size).toBe(5);
    await keeper.forgetJobs(NOON + 9 * MINUTE_MS, NOON + 3 * MINUTE_MS, 0);
    expect([...(await store.readTick(NOON)).states.keys()].toSorted()).toEqual([
      "checker:connectivity",
      "lately",
      "there",
    ]);
    expect(await reader.readIncidents(ALL)).toEqual([
      incidentOf("gone", NOON, { toMs: NOON + 9 * MINUTE_MS, ended: "removed" }),
      incidentOf("lately", NOON),
      incidentOf("there", NOON),
    ]);
    await keeper.forgetJobs(NOON + 10 * MINUTE_MS, NOON + 3 * MINUTE_MS, NOON + 10 * MINUTE_MS);
    expect((await reader.readIncidents(ALL)).map(({ jobKey }) => jobKey)).toEqual(["lately", "there"]);
  });

  test("an incident of which the job's state knows nothing is over", async () => {
    const { store, keeper, reader } = await createHistory();
    const state = (firstFailureAtMs: number | null, sinceMs: number | null) => ({
      ...NEW_JOB,
      firstFailureAtMs,
      sinceMs,
    });
    await commit(store, {
      states: new Map([
        ["fails on", state(NOON, null)],
        ["fails anew", state(NOON + 3, NOON + 4)],
        ["well", state(null, NOON + 5)],
        ["unknown", NEW_JOB],
      ]),
      ...historyOf({
        ...laneWith(1, ["fails on", "fails anew", "well", "unknown"], NOON),
        incidents: ["fails on", "fails anew", "well", "unknown"].map((job) => failing(job, NOON)),
      }),
    });
    await keeper.forgetJobs(NOON + 9, NOON, 0);
    expect((await reader.readIncidents(ALL)).map(({ jobKey, toMs, ended }) => [jobKey, toMs, ended])).toEqual(
      [
        ["fails anew", NOON + 3, "recovered"],
        ["fails on", null, null],
        ["unknown", NOON + 9, "recovered"],
        ["well", NOON + 5, "recovered"],
      ],
    );
  });
}
