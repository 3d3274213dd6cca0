import { expect, test } from "vitest";
import { commit, gapOf, TICK } from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";
import type { RecordPage } from "../../src/status/ports.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");

export function ledgerContract(createStore: CreateStore): void {
  test("ticks and gaps are given newest first, page after page, each once", async () => {
    const store = await createStore();
    for (let minute = 0; minute < 5; minute++)
      await commit(store, {
        tick: { ...TICK, scheduledAtMs: NOW + minute * 60_000 },
        gaps: [gapOf({ slots: minute + 1 })],
      });
    const lists = [
      (before: number | null) => store.recentTicks(2, before),
      (before: number | null) => store.recentGaps(2, before),
    ];
    for (const read of lists) {
      const pages: number[][] = [];
      let before: number | null = null;
      do {
        const page: RecordPage<object> = await read(before);
        pages.push(page.records.map(({ id }) => id));
        ({ before } = page);
      } while (before !== null && pages.length < 9);
      expect(pages).toEqual([[5, 4], [3, 2], [1]]);
    }
    expect((await store.recentTicks(1, null)).records).toEqual([
      { ...TICK, id: 5, scheduledAtMs: NOW + 4 * 60_000 },
    ]);
    expect((await store.recentGaps(5, 2)).records).toEqual([{ ...gapOf({ slots: 1 }), id: 1 }]);
    expect(await (await createStore()).recentTicks(2, null)).toEqual({ records: [], before: null });
  });
}
