import type { HistoryCompactor, HistoryReader } from "../../src/history/ports.ts";
import type { Store } from "../../src/storage/store.ts";

/** Gives an empty store. */
export type CreateStore = () => Promise<Store>;

/** Gives an empty store, with what compacts and reads its history. */
export type CreateHistory = () => Promise<{
  readonly store: Store;
  readonly keeper: HistoryCompactor;
  readonly reader: HistoryReader;
}>;
