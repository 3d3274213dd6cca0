import { MemoryPings } from "../../src/adapters/memory-pings.ts";
import { pingContract } from "./pings.contract.ts";

pingContract(() => Promise.resolve(new MemoryPings()));
