import { describe, expect, test, vi } from "vitest";
import type { LoopbackResult } from "../../src/self-check/loopback.ts";
import { receiveLoopback } from "../../src/self-check/receive-loopback.ts";
import { FakeClock } from "../support/fakes/ports.ts";

const clock = new FakeClock(1_000_000);

function tokenOf(number: number): string {
  return number.toString(16).padStart(32, "0");
}

/** A store that knows the receipts of these tokens. */
function storeWith(receipts: Readonly<Record<string, LoopbackResult>>) {
  return {
    receiveLoopback: vi.fn((token: string, _nowMs: number, _timeoutMs: number) =>
      Promise.resolve(receipts[token] ?? "unknown"),
    ),
  };
}

function receive(store: ReturnType<typeof storeWith>, ...tokens: string[]) {
  return receiveLoopback({ store: store as never, clock }, tokens, 600_000);
}

describe("a message that comes in", () => {
  test("is accepted by its token", async () => {
    const store = storeWith({ [tokenOf(1)]: "proven" });
    expect(await receive(store, tokenOf(1))).toEqual({
      accepted: true,
      proof: true,
    });
    expect(store.receiveLoopback.mock.calls).toEqual([[tokenOf(1), 1_000_000, 600_000]]);
  });

  test("whose token is unknown is refused", async () => {
    const store = storeWith({ [tokenOf(1)]: "unknown" });
    expect(await receive(store, tokenOf(1))).toEqual({
      accepted: false,
      reason: "this address takes no mail",
    });
  });

  // A refusal would come back as a bounce, and make the mail service suppress our own address.
  test.each(["already returned", "too late"] as const)(
    "whose token is %s is taken, and proves nothing",
    async (receipt) => {
      const store = storeWith({ [tokenOf(1)]: receipt });
      expect(await receive(store, tokenOf(1))).toEqual({
        accepted: true,
        proof: false,
      });
    },
  );

  test("without a token is refused without a look into the database", async () => {
    const store = storeWith({});
    expect(await receive(store)).toEqual({ accepted: false, reason: "this address takes no mail" });
    expect(store.receiveLoopback).not.toHaveBeenCalled();
  });

  test("is accepted for one good token among strangers", async () => {
    const store = storeWith({ [tokenOf(3)]: "proven", [tokenOf(2)]: "too late" });
    expect(await receive(store, ...[1, 2, 3].map(tokenOf))).toEqual({ accepted: true, proof: true });
  });

  test("is taken for what its own token is, whatever strangers stand beside it", async () => {
    const store = storeWith({ [tokenOf(2)]: "too late" });
    expect(await receive(store, ...[1, 2, 3].map(tokenOf))).toEqual({ accepted: true, proof: false });
  });

  test("that repeats its token is looked up once", async () => {
    const store = storeWith({ [tokenOf(1)]: "proven" });
    expect(await receive(store, tokenOf(1), tokenOf(1))).toEqual({ accepted: true, proof: true });
    expect(store.receiveLoopback).toHaveBeenCalledTimes(1);
  });

  test("that is full of forged tokens costs ten look-ups at most", async () => {
    const store = storeWith({});
    const tokens = Array.from({ length: 200 }, (_, i) => tokenOf(i));
    expect((await receive(store, ...tokens)).accepted).toBe(false);
    expect(store.receiveLoopback).toHaveBeenCalledTimes(10);
  });
});
