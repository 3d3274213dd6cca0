/** Alone in its file: a connection to D1 that has nothing to do for minutes is closed. */
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { FUZZ, fuzz } from "../support/fuzz/runs.ts";
import { HISTORY, live, onD1 } from "../support/history/random.ts";

const local = useLocalD1();

test("whatever happened, what is shown is exact (D1)", FUZZ, async () => {
  expect.hasAssertions();
  const property = fc.asyncProperty(HISTORY, async (one) => {
    await local.empty();
    await live(one, onD1(local.db));
  });
  await fuzz(3, property, false);
});
