import { describe, expect, test, vi } from "vitest";
import { mapConcurrent, Semaphore } from "../../../src/core/time/concurrency.ts";

test("results keep the order of the items, whichever ends first", async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const all = mapConcurrent(gates, 3, async (gate) => {
    await gate.promise;
    return gates.indexOf(gate);
  });
  for (const gate of gates.toReversed()) gate.resolve();
  expect(await all).toEqual([0, 1, 2]);
});

test("no more than the limit are at work at once, and a slot that gets free is taken", async () => {
  const gates = Array.from({ length: 9 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = mapConcurrent(gates, 6, async (gate) => {
    begun.push(gates.indexOf(gate));
    await gate.promise;
  });
  expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  gates[3]?.resolve();
  await vi.waitFor(() => expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]));
  for (const gate of gates) gate.resolve();
  await all;
  expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});

test("no items give no results, and a limit above their number is no harm", async () => {
  expect(await mapConcurrent([], 6, () => Promise.resolve(1))).toEqual([]);
  expect(await mapConcurrent([1], 6, (item) => Promise.resolve(item + 1))).toEqual([2]);
});

test("what one throws comes out", async () => {
  const failing = mapConcurrent([1, 2, 3], 2, (item) =>
    item === 2 ? Promise.reject(new Error("two")) : Promise.resolve(item),
  );
  await expect(failing).rejects.toThrow("two");
});

describe("slots that work comes back for", () => {
  test("are never more than there are, and handed on in the order of asking", async () => {
    const slots = new Semaphore(2);
    const order: number[] = [];
    let used = 0;
    let most = 0;
    const use = (index: number): Promise<void> =>
      slots.use(async () => {
        order.push(index);
        most = Math.max(most, ++used);
        await Promise.resolve();
        used -= 1;
      });
    await Promise.all(
      Array.from({ length: 9 }, async (_, index) => {
        await use(index);
        await use(index + 100);
      }),
    );
    expect(most).toBe(2);
    expect(order.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(order).toHaveLength(18);
  });

  test("are free again when the work fails", async () => {
    const slots = new Semaphore(1);
    await expect(slots.use(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await slots.use(() => Promise.resolve("yes"))).toBe("yes");
  });
});
