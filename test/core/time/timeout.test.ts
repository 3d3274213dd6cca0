import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { withTimeout } from "../../../src/core/time/timeout.ts";
import { never } from "../../support/fakes/ports.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what the work gives in time is given, and no timer stays behind", async () => {
  await expect(withTimeout(1_000, Promise.resolve("done"), () => "late")).resolves.toBe("done");
  await expect(withTimeout(1_000, Promise.reject(new Error("broken")), () => "late")).rejects.toThrow(
    "broken",
  );
  expect(vi.getTimerCount()).toBe(0);
});

test("after the limit, and not before, the stand-in is given", async () => {
  const onLimit = vi.fn(() => "late");
  const limited = withTimeout(1_000, never<string>(), onLimit);
  await vi.advanceTimersByTimeAsync(999);
  expect(onLimit).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  await expect(limited).resolves.toBe("late");
  expect(onLimit).toHaveBeenCalledTimes(1);
});

test("a stand-in that throws rejects", async () => {
  const limited = withTimeout(10, never<string>(), () => {
    throw new Error("too late");
  });
  const thrown = limited.catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(10);
  expect(await thrown).toEqual(new Error("too late"));
});

test("work that fails after the limit disturbs nobody", async () => {
  const work = Promise.withResolvers<string>();
  const limited = withTimeout(10, work.promise, () => "late");
  await vi.advanceTimersByTimeAsync(10);
  await expect(limited).resolves.toBe("late");
  // Unhandled, this would fail the run.
  work.reject(new Error("far too late"));
  await vi.advanceTimersByTimeAsync(10);
});

test("work that is done already wins against a limit of nothing", async () => {
  await expect(withTimeout(0, Promise.resolve("done"), () => "late")).resolves.toBe("done");
});
