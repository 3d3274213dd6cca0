import { MemoryStore } from "../support/memory-store/store.ts";
import { RecordReader } from "../../src/history/reader.ts";
import { storeContract } from "./store.contract.ts";

storeContract(
  () => Promise.resolve(new MemoryStore()),
  () => {
    const store = new MemoryStore();
    return Promise.resolve({ store, keeper: store.history, reader: new RecordReader(store.history) });
  },
);
