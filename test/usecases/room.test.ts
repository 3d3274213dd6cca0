import { expect, test } from "vitest";
import { Room } from "../../src/usecases/room.ts";

/** Six may be under way, each with a redirect: twelve requests that nobody has counted yet. */
test("begins nothing that those under way may leave no request for", () => {
  expect(new Room({ requests: 38 }, 50).hasRoom()).toBe(true);
  expect(new Room({ requests: 39 }, 50).hasRoom()).toBe(false);
});

test("keeps what was promised from all others until it is given back", () => {
  const room = new Room({ requests: 30 }, 50);
  const giveBack = room.promise(3);
  expect([room.hasRoom(), room.promise(2)]).toEqual([true, null]);
  expect(room.promise(1)).not.toBeNull();
  giveBack?.();
  expect(room.promise(3)).not.toBeNull();
});

test("promises nothing that it has not", () => {
  expect(new Room({ requests: 30 }, 50).promise(5)).toBeNull();
});
