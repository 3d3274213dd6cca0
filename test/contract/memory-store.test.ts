import { MemoryStore } from "../../src/adapters/memory-store.ts";
import { storeContract } from "./store.contract.ts";

storeContract(() => Promise.resolve(new MemoryStore()));
