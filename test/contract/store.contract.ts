/** What every Store must do. Each test has a store of its own, empty. */
import { describe } from "vitest";
import type { Store } from "../../src/domain/ports.ts";
import { claimContract } from "./store-claims.contract.ts";
import { commitContract } from "./store-commits.contract.ts";
import { messageContract } from "./store-messages.contract.ts";
import { outboxContract } from "./store-outbox.contract.ts";
import { viewContract } from "./store-views.contract.ts";

/** Gives an empty store. */
export type CreateStore = () => Promise<Store>;

export function storeContract(createStore: CreateStore): void {
  describe("a store and its claims:", () => {
    claimContract(createStore);
  });
  describe("a store and its commits:", () => {
    commitContract(createStore);
  });
  describe("a store and its messages:", () => {
    messageContract(createStore);
  });
  describe("a store and what waits for whom:", () => {
    outboxContract(createStore);
  });
  describe("a store and what it shows:", () => {
    viewContract(createStore);
  });
}
