import { expect, test } from "vitest";
import { NEW_JOB } from "../../src/domain/job-state.ts";
import { commit, commitOf, NOW_MS } from "../support/fakes-commit.ts";
import { historyOf, laneOf, laneWith, openedOf, seriesOf } from "../support/fakes-history.ts";
import type { CreateHistory } from "./store.contract.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

export function placeContract(createHistory: CreateHistory): void {
  test("an empty store has no lanes", async () => {
    const { store, reader } = await createHistory();
    expect(await store.readTick(NOW_MS)).toMatchObject({ lanes: [], newestLane: 0 });
    expect(await reader.readJobs()).toEqual([]);
  });

  test("lanes are read as they were written, whatever the jobs are called", async () => {
    const { store } = await createHistory();
    const odd = [`File["a \\" b"]`, null, `東京 🚒 \u0000 \u2028 [1] {"a":1}`, "null"];
    const lanes = [laneOf(1, odd, { names: 4_294_967_295 }), laneOf(2, [], { frequency: "DAY_NOON" })];
    await commit(store, historyOf({ changed: lanes }));
    const changed = laneOf(2, ["later"], { frequency: "DAY_NOON", names: 0 });
    expect((await store.readTick(NOW_MS)).lanes).toEqual(lanes);
    await commit(store, historyOf({ changed: [changed] }));
    expect(await store.readTick(NOW_MS)).toMatchObject({ lanes: [lanes[0], changed], damage: [] });
  });

  test("thousands of jobs are placed in one commit", async () => {
    const { store, reader } = await createHistory();
    const lanes = Array.from({ length: 5 }, (_, lane) =>
      laneWith(
        lane + 1,
        Array.from({ length: 1_000 }, (_, job) => `File["https://server-${lane}-${job}.example.com/status"]`),
        NOON,
      ),
    );
    await commit(
      store,
      historyOf({
        changed: lanes.flatMap(({ changed }) => changed),
        created: lanes.flatMap(({ created }) => created),
        opened: lanes.flatMap(({ opened }) => opened),
      }),
    );
    expect((await store.readTick(NOW_MS)).lanes).toEqual(lanes.flatMap(({ changed }) => changed));
    expect(await reader.readJobs()).toHaveLength(5_000);
  });

  test("a lane that is closed is gone, and its id is not given out again", async () => {
    const { store, keeper } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A"], NOON)));
    await commit(store, historyOf(laneWith(2, ["B"], NOON)));
    await commit(store, historyOf({ closed: [{ id: 2, frequency: "MINUTE", atMs: NOON + 60_000 }] }));
    const { lanes, newestLane } = await store.readTick(NOW_MS);
    expect([lanes.map(({ id }) => id), newestLane]).toEqual([[1], 2]);
    const { kept } = await keeper.readKept(NOW_MS);
    expect(kept.map(({ lane, toMs }) => [lane, toMs])).toEqual([
      [1, null],
      [2, NOON + 60_000],
    ]);
  });

  test("every job that exists is shown with how it is, and a job without a state as never run", async () => {
    const { store, reader } = await createHistory();
    const down = { ...NEW_JOB, status: "down" as const, reason: "it is gone", sinceMs: NOON };
    await commit(store, {
      states: new Map([
        ["A", down],
        ["elsewhere", down],
      ]),
      ...historyOf(laneWith(1, ["A", "B"], NOON)),
    });
    expect(await reader.readJobs()).toEqual([
      {
        job: "A",
        name: "name of A",
        group: "A",
        isPublic: false,
        frequency: "MINUTE",
        status: "down",
        reason: "it is gone",
        sinceMs: NOON,
      },
      {
        job: "B",
        name: "name of B",
        group: "B",
        isPublic: false,
        frequency: "MINUTE",
        status: null,
        reason: "",
        sinceMs: null,
      },
    ]);
  });

  test("a job is shown under its heading, and to strangers, as long as it says so", async () => {
    const { store, reader } = await createHistory();
    const shop = { group: "Shop", isPublic: true };
    const identity = `List["a"]`;
    await commit(
      store,
      historyOf({
        ...laneWith(1, [identity, "B"], NOON),
        opened: [openedOf(seriesOf(1, 0, identity), shop), openedOf(seriesOf(1, 1, "B"))],
      }),
    );
    const shown = async (): Promise<unknown> =>
      (await reader.readJobs()).map(({ job, name, group, isPublic }) => [job, name, group, isPublic]);
    expect(await shown()).toEqual([
      [identity, `name of ${identity}`, "Shop", true],
      ["B", "name of B", "B", false],
    ]);
    const place = { lane: 1, position: 0, job: identity, name: `name of ${identity}` };
    for (const [showing, group, isPublic] of [
      [{ group: "Shop", isPublic: false }, "Shop", false],
      [{ group: "List", isPublic: false }, "List", false],
      [{ group: "List", isPublic: true }, "List", true],
    ] as const) {
      await commit(store, historyOf({ renamed: [{ ...place, ...showing }] }));
      expect(await shown()).toMatchObject([[identity, place.name, group, isPublic], { 0: "B" }]);
    }
  });

  test("a job that is gone is shown no more, and one that was renamed under its new name", async () => {
    const { store, reader } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A", "B", "C"], NOON)));
    await commit(
      store,
      historyOf({
        ended: [{ lane: 1, position: 0, toMs: NOON + 60_000 }],
        renamed: [
          { lane: 1, position: 1, job: "B", name: "name of B", group: "B", isPublic: false },
          { lane: 1, position: 2, job: "C", name: "another name", group: "C", isPublic: false },
        ],
      }),
    );
    expect((await reader.readJobs()).map(({ job, name }) => [job, name])).toEqual([
      ["B", "name of B"],
      ["C", "another name"],
    ]);
  });

  test("a job that gets a new place has left every other", async () => {
    const { store, keeper } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A", "B"], NOON)));
    await commit(store, historyOf(laneWith(2, ["A"], NOON + 60_000)));
    const from = { fromMs: NOON };
    expect(await keeper.readLane(1)).toEqual([
      seriesOf(1, 0, "A", { ...from, toMs: NOON + 60_000 }),
      seriesOf(1, 1, "B", from),
    ]);
    expect(await keeper.readLane(2)).toEqual([seriesOf(2, 0, "A", { fromMs: NOON + 60_000 })]);
  });

  test("a commit from an old view changes no history", async () => {
    const { store, keeper, reader } = await createHistory();
    await commit(store, {});
    expect(await store.commit(commitOf(0, historyOf(laneWith(1, ["A"], NOON))))).toBe("conflict");
    expect((await store.readTick(NOW_MS)).lanes).toEqual([]);
    expect((await keeper.readKept(NOW_MS)).kept).toEqual([]);
    expect(await reader.readJobs()).toEqual([]);
  });
}
