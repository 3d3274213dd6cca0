import { MemoryPings } from "../support/memory-store/pings.ts";
import { pingContract } from "./pings.contract.ts";

pingContract(() => Promise.resolve(new MemoryPings()));
