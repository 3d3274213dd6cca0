import { expect, test } from "vitest";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { commit, commitOf, NOW_MS } from "../support/fakes/commit.ts";
import { historyOf, laneOf, laneWith, openedOf, seriesOf } from "../support/fakes/history.ts";
import type { CreateHistory } from "./create-store.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");

export function placeContract(createHistory: CreateHistory): void {
  test("an empty store has no lanes", async () => {
    const { store, reader } = await createHistory();
    expect(await store.readTick(NOW_MS)).toMatchObject({ blocks: [], newestBlock: 0 });
    expect(await reader.readJobs()).toEqual([]);
  });

  test("lanes are read as they were written, whatever the jobs are called", async () => {
    const { store } = await createHistory();
    const odd = [`File["a \\" b"]`, null, `東京 🚒 \u0000 \u2028 [1] {"a":1}`, "null"];
    const blocks = [laneOf(1, odd, { names: 4_294_967_295 }), laneOf(2, [], { frequency: "DAY_NOON" })];
    await commit(store, historyOf({ changed: blocks }));
    const changed = laneOf(2, ["later"], { frequency: "DAY_NOON", names: 0 });
    expect((await store.readTick(NOW_MS)).blocks).toEqual(blocks);
    await commit(store, historyOf({ changed: [changed] }));
    expect(await store.readTick(NOW_MS)).toMatchObject({ blocks: [blocks[0], changed], corruptRows: [] });
  });

  test("thousands of jobs are placed in one commit", async () => {
    const { store, reader } = await createHistory();
    const blocks = Array.from({ length: 5 }, (_, block) =>
      laneWith(
        block + 1,
        Array.from(
          { length: 1_000 },
          (_, job) => `File["https://server-${block}-${job}.example.com/status"]`,
        ),
        NOON,
      ),
    );
    await commit(
      store,
      historyOf({
        changed: blocks.flatMap(({ changed }) => changed),
        created: blocks.flatMap(({ created }) => created),
        opened: blocks.flatMap(({ opened }) => opened),
      }),
    );
    expect((await store.readTick(NOW_MS)).blocks).toEqual(blocks.flatMap(({ changed }) => changed));
    expect(await reader.readJobs()).toHaveLength(5_000);
  });

  test("a lane that is closed is gone, and its id is not given out again", async () => {
    const { store, keeper } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A"], NOON)));
    await commit(store, historyOf(laneWith(2, ["B"], NOON)));
    await commit(store, historyOf({ closed: [{ id: 2, frequency: "MINUTE", atMs: NOON + 60_000 }] }));
    const { blocks, newestBlock } = await store.readTick(NOW_MS);
    expect([blocks.map(({ id }) => id), newestBlock]).toEqual([[1], 2]);
    const { kept } = await keeper.readRetention(NOW_MS);
    expect(kept.map(({ block, toMs }) => [block, toMs])).toEqual([
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
        jobKey: "A",
        name: "name of A",
        group: "A",
        isPublic: false,
        frequency: "MINUTE",
        status: "down",
        reason: "it is gone",
        sinceMs: NOON,
      },
      {
        jobKey: "B",
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
    const jobKey = `List["a"]`;
    await commit(
      store,
      historyOf({
        ...laneWith(1, [jobKey, "B"], NOON),
        opened: [openedOf(seriesOf(1, 0, jobKey), shop), openedOf(seriesOf(1, 1, "B"))],
      }),
    );
    const shown = async (): Promise<unknown> =>
      (await reader.readJobs()).map(({ jobKey, name, group, isPublic }) => [jobKey, name, group, isPublic]);
    expect(await shown()).toEqual([
      [jobKey, `name of ${jobKey}`, "Shop", true],
      ["B", "name of B", "B", false],
    ]);
    const place = { block: 1, position: 0, jobKey, name: `name of ${jobKey}` };
    for (const [showing, group, isPublic] of [
      [{ group: "Shop", isPublic: false }, "Shop", false],
      [{ group: "List", isPublic: false }, "List", false],
      [{ group: "List", isPublic: true }, "List", true],
    ] as const) {
      await commit(store, historyOf({ renamed: [{ ...place, ...showing }] }));
      expect(await shown()).toMatchObject([[jobKey, place.name, group, isPublic], { 0: "B" }]);
    }
  });

  test("a job that is gone is shown no more, and one that was renamed under its new name", async () => {
    const { store, reader } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A", "B", "C"], NOON)));
    await commit(
      store,
      historyOf({
        ended: [{ block: 1, position: 0, toMs: NOON + 60_000 }],
        renamed: [
          { block: 1, position: 1, jobKey: "B", name: "name of B", group: "B", isPublic: false },
          { block: 1, position: 2, jobKey: "C", name: "another name", group: "C", isPublic: false },
        ],
      }),
    );
    expect((await reader.readJobs()).map(({ jobKey, name }) => [jobKey, name])).toEqual([
      ["B", "name of B"],
      ["C", "another name"],
    ]);
  });

  test("a job that gets a new place has left every other", async () => {
    const { store, keeper } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A", "B"], NOON)));
    await commit(store, historyOf(laneWith(2, ["A"], NOON + 60_000)));
    const from = { fromMs: NOON };
    expect(await keeper.readBlock(1)).toEqual([
      seriesOf(1, 0, "A", { ...from, toMs: NOON + 60_000 }),
      seriesOf(1, 1, "B", from),
    ]);
    expect(await keeper.readBlock(2)).toEqual([seriesOf(2, 0, "A", { fromMs: NOON + 60_000 })]);
  });

  test("a commit from an old view changes no history", async () => {
    const { store, keeper, reader } = await createHistory();
    await commit(store, {});
    expect(await store.commit(commitOf(0, historyOf(laneWith(1, ["A"], NOON))))).toBe("conflict");
    expect((await store.readTick(NOW_MS)).blocks).toEqual([]);
    expect((await keeper.readRetention(NOW_MS)).kept).toEqual([]);
    expect(await reader.readJobs()).toEqual([]);
  });
}
