import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { SingleFlight } from "../../src/core/single-flight.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const nowMs = (): number => Date.now();

describe("work that many ask for at once", () => {
  test("is done once, and again for who asks later", async () => {
    const work = new SingleFlight<number>();
    let done = 0;
    const make = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return ++done;
    };
    const asking = Promise.all(Array.from({ length: 200 }, () => work.get("a", nowMs, make)));
    await vi.advanceTimersByTimeAsync(1_100);
    expect(new Set(await asking)).toEqual(new Set([1]));
    const later = work.get("a", nowMs, make);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(await later).toBe(2);
  });

  test("fails for all of them at once, and is tried again for who asks later", async () => {
    const work = new SingleFlight<number>();
    let tries = 0;
    const make = async (): Promise<number> => {
      tries += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      throw new Error("D1 is away");
    };
    const asking = Promise.allSettled([1, 2, 3].map(() => work.get("a", nowMs, make)));
    await vi.advanceTimersByTimeAsync(1_100);
    expect((await asking).map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(tries).toBe(1);
    expect(await work.get("a", nowMs, () => Promise.resolve(7))).toBe(7);
  });

  test("of other keys is other work", async () => {
    const work = new SingleFlight<string>();
    const make = (key: string) => work.get(key, nowMs, () => Promise.resolve(key));
    expect(await Promise.all([make("a"), make("b")])).toEqual(["a", "b"]);
  });

  test("is begun again, once, when the request that does it was cancelled", async () => {
    const work = new SingleFlight<string>();
    const cancelled = work.get("a", nowMs, () => new Promise<never>(() => undefined));
    let begun = 0;
    const make = async (): Promise<string> => {
      begun += 1;
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      return "done";
    };
    const asking = Promise.all([1, 2, 3].map(() => work.get("a", nowMs, make)));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(begun).toBe(0);
    await vi.advanceTimersByTimeAsync(3_000);
    expect([await asking, begun]).toEqual([["done", "done", "done"], 1]);
    expect(await Promise.race([cancelled, Promise.resolve("not settled")])).toBe("not settled");
  });
});
