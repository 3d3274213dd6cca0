import { expect, test, vi } from "vitest";
import { mapWithSlots } from "../../src/timing/slots.ts";

test("results keep the order of the items, whichever ends first", async () => {
  const gates = [0, 1, 2].map(() => Promise.withResolvers<void>());
  const all = mapWithSlots(gates, 3, async (gate) => {
    await gate.promise;
    return gates.indexOf(gate);
  });
  for (const gate of gates.toReversed()) gate.resolve();
  expect(await all).toEqual([0, 1, 2]);
});

test("no more than the limit are at work at once, and a slot that gets free is taken", async () => {
  const gates = Array.from({ length: 9 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = mapWithSlots(gates, 6, async (gate) => {
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
  expect(await mapWithSlots([], 6, () => Promise.resolve(1))).toEqual([]);
  expect(await mapWithSlots([1], 6, (item) => Promise.resolve(item + 1))).toEqual([2]);
});

test("what one throws comes out", async () => {
  const failing = mapWithSlots([1, 2, 3], 2, (item) =>
    item === 2 ? Promise.reject(new Error("two")) : Promise.resolve(item),
  );
  await expect(failing).rejects.toThrow("two");
});
