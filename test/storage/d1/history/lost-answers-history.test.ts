import { describe, expect, test } from "vitest";
import { D1HistoryCompactor } from "../../../../src/storage/d1/history/compactor.ts";
import { d1HistoryReader } from "../../../../src/storage/d1/history/reader.ts";
import { FakeRandom } from "../../../support/fakes/ports.ts";
import { accepted, commit, commitOf, messageOf, NOW_MS, partOf } from "../../../support/fakes/commit.ts";
import { failing, historyOf, laneWith, sampleOf, UP } from "../../../support/fakes/history.ts";
import { useLocalD1 } from "../../../adapters/d1/local-d1.ts";
import { expectRepeatable, type Call } from "../repeated-calls.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");
const local = useLocalD1();

const COMMIT = {
  completedSlots: [{ frequency: "MINUTE" as const, atMs: NOON }],
  ...historyOf({
    ...laneWith(1, ["A"], NOON),
    samples: [sampleOf(1, NOON, UP)],
    incidents: [failing("A", NOON, { notifiedAtMs: NOON })],
  }),
};

const HOUR_OF_NOON = {
  block: 1,
  frequency: "MINUTE",
  resolution: "hourly",
  fromMs: NOON,
  toMs: NOON + 3_600_000,
} as const;
/** What keeps history and shows it. */
const CALLS: Readonly<Record<string, Call>> = {
  "commit, that closes a lane and ends an incident": {
    before: (store) => commit(store, COMMIT),
    work: (store) =>
      store.commit(
        commitOf(
          1,
          historyOf({
            ...laneWith(2, ["A"], NOON + 60_000),
            closed: [{ id: 1, frequency: "MINUTE", atMs: NOON + 60_000 }],
            incidents: [failing("A", NOON, { end: { atMs: NOON + 60_000, how: "recovered" } })],
          }),
        ),
      ),
  },
  "settleMessages, of the first mail of an incident": {
    before: (store) =>
      commit(store, {
        ...COMMIT,
        messages: [
          messageOf("alert", { items: [partOf("it failed", { kind: "failure", jobKey: "A", atMs: NOON })] }),
        ],
      }),
    work: (store) => store.recordDeliveries([accepted("alert", NOON + 2_000)]),
  },
  readRetention: {
    before: (store) => commit(store, COMMIT),
    work: (_store, db) => new D1HistoryCompactor(db, new FakeRandom()).readRetention(NOW_MS),
  },
  rebuildRetentionOf: {
    before: async (store) => {
      await commit(store, COMMIT);
      await local.sql("DELETE FROM retention");
    },
    work: (_store, db) => new D1HistoryCompactor(db, new FakeRandom()).rebuildRetentionOf(1, NOON),
  },
  writeRollup: {
    before: (store) => commit(store, COMMIT),
    work: (_store, db) =>
      new D1HistoryCompactor(db, new FakeRandom()).writeRollup(HOUR_OF_NOON, new Uint8Array(26)),
  },
  deleteBatch: {
    before: (store) => commit(store, COMMIT),
    work: (_store, db) =>
      new D1HistoryCompactor(db, new FakeRandom()).deleteBatch({ ...HOUR_OF_NOON, records: "raw" }),
  },
  forgetJobs: {
    before: (store) => commit(store, COMMIT),
    work: (_store, db) => new D1HistoryCompactor(db, new FakeRandom()).forgetJobs(NOW_MS, NOW_MS, NOW_MS),
  },
  forgetBlock: {
    before: (store) => commit(store, COMMIT),
    work: (_store, db) => new D1HistoryCompactor(db, new FakeRandom()).forgetBlock(1),
  },
  "what is shown": {
    before: (store) => commit(store, COMMIT),
    work: async (_store, db) => {
      const reader = d1HistoryReader(db, new FakeRandom());
      const page = { after: null, limit: 9, jobKey: null };
      return [
        await reader.readJobs(),
        await reader.readSeries("A", "24 h", NOON),
        await reader.readSummaries(NOON),
        await reader.readIncidents(page),
      ];
    },
  },
};

describe("a call for history", () => {
  test.each(Object.entries(CALLS))("gives and does the same when it is repeated: %s", async (_name, call) => {
    expect.hasAssertions();
    await expectRepeatable(local, call);
  });
});
