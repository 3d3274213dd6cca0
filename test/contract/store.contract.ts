/** What every Store must do. Each test has a store of its own, empty. */
import { describe } from "vitest";
import type { CreateHistory, CreateStore } from "./create-store.ts";
import { claimContract } from "./store-claims.contract.ts";
import { commitContract } from "./store-commits.contract.ts";
import { incidentContract } from "./history-incidents.contract.ts";
import { placeContract } from "./history-places.contract.ts";
import { recordContract } from "./history-records.contract.ts";
import { ledgerContract } from "./store-ledger.contract.ts";
import { messageContract } from "./store-messages.contract.ts";
import { ownerContract } from "./store-owner.contract.ts";
import { outboxContract } from "./store-outbox.contract.ts";
import { queueContract } from "./store-queue.contract.ts";
import { undeliveredContract } from "./store-undelivered.contract.ts";
import { viewContract } from "./store-views.contract.ts";

export function storeContract(createStore: CreateStore, createHistory: CreateHistory): void {
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
  describe("a store and whose turn it is:", () => {
    queueContract(createStore);
  });
  describe("a store and mail that did not arrive:", () => {
    undeliveredContract(createStore);
  });
  describe("a store and what it shows:", () => {
    viewContract(createStore);
  });
  describe("a store and its owner:", () => {
    ownerContract(createStore);
  });
  describe("a store and its ledger:", () => {
    ledgerContract(createStore);
  });
  describe("a store and the places of jobs:", () => {
    placeContract(createHistory);
  });
  describe("a store and incidents:", () => {
    incidentContract(createHistory);
  });
  describe("a store and its records:", () => {
    recordContract(createHistory);
  });
}
