import * as fc from "fast-check";
import { expect, test } from "vitest";
import { FUZZ, fuzz } from "../support/fuzz/runs.ts";
import { HISTORY, inMemory, live, onD1 } from "../support/history/random.ts";
import { sqliteD1 } from "../support/d1/sqlite.ts";

test("whatever happened, what is shown is exact (memory)", FUZZ, async () => {
  expect.hasAssertions();
  await fuzz(
    150,
    fc.asyncProperty(HISTORY, (one) => live(one, inMemory())),
  );
});

test("whatever happened, what is shown is exact (SQLite)", FUZZ, async () => {
  expect.hasAssertions();
  await fuzz(
    100,
    fc.asyncProperty(HISTORY, (one) => live(one, onD1(sqliteD1()))),
  );
});
