import { expect, test } from "vitest";
import { repeat, reportingOnce } from "../../../scripts/local/tasks.ts";

test("a task is repeated, after a pause at first, until it is stopped", async () => {
  const stop = new AbortController();
  let runs = 0;
  const repeating = repeat(1, stop.signal, () => {
    runs += 1;
    if (runs === 3) stop.abort();
    return Promise.resolve();
  });
  expect(runs).toBe(0);
  expect(await repeating).toBe(null);
  expect(runs).toBe(3);
});

test("a failure is told once, until it is another or it went well meanwhile", async () => {
  const outcomes = ["a", "a", "b", "b", null, "b"];
  const told: string[] = [];
  const task = reportingOnce(
    "mail can not be collected",
    () => {
      const outcome = outcomes.shift() ?? null;
      return outcome === null ? Promise.resolve() : Promise.reject(new Error(outcome));
    },
    (text) => told.push(text),
  );
  while (outcomes.length > 0) await task();
  expect(told).toEqual([
    "mail can not be collected: a",
    "mail can not be collected: b",
    "mail can not be collected: b",
  ]);
});
