import { expect, test } from "vitest";
import { SubrequestBudget } from "../../src/usage/subrequest-budget.ts";

/** Six may be under way, each with a redirect: twelve requests that nobody has counted yet. */
test("begins nothing that those under way may leave no request for", () => {
  expect(new SubrequestBudget({ requests: 38 }, 50).canStart()).toBe(true);
  expect(new SubrequestBudget({ requests: 39 }, 50).canStart()).toBe(false);
});

test("keeps what was promised from all others until it is given back", () => {
  const room = new SubrequestBudget({ requests: 30 }, 50);
  const giveBack = room.tryReserve(3);
  expect([room.canStart(), room.tryReserve(2)]).toEqual([true, null]);
  expect(room.tryReserve(1)).not.toBeNull();
  giveBack?.();
  expect(room.tryReserve(3)).not.toBeNull();
});

test("promises nothing that it has not", () => {
  expect(new SubrequestBudget({ requests: 30 }, 50).tryReserve(5)).toBeNull();
});
