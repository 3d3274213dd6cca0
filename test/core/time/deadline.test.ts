import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ProbeTimeout, withSignalTimeout } from "../../../src/core/time/deadline.ts";
import { never } from "../../support/fakes/ports.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const outer = (): AbortSignal => new AbortController().signal;

describe("work with a deadline", () => {
  test("gives its result, and no timer or listener stays", async () => {
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    let signal: AbortSignal | undefined;
    const work = withSignalTimeout(1_000, controller.signal, async (given) => {
      signal = given;
      expect(given.aborted).toBe(false);
      return "done";
    });
    await expect(work).resolves.toBe("done");
    // It has ended what it began by itself, and an abort would cost more than many a check.
    expect(signal?.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(removed.mock.calls).toEqual([["abort", expect.any(Function)]]);
  });

  test.each([
    [250, "timed out after 250 ms"],
    [999, "timed out after 999 ms"],
    [1_000, "timed out after 1 s"],
    [5_000, "timed out after 5 s"],
    [25_000, "timed out after 25 s"],
  ])("that takes longer than %d ms rejects with %j at that moment", async (timeoutMs, text) => {
    let signal: AbortSignal | undefined;
    const work = withSignalTimeout(timeoutMs, outer(), (given) => {
      signal = given;
      return never<void>();
    });
    const thrown = work.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await thrown).toBeInstanceOf(ProbeTimeout);
    expect(await thrown).toMatchObject({ name: "ProbeTimeout", message: text });
    expect(signal?.reason).toBe(await thrown);
  });

  test("ends with the outer signal, and with its reason", async () => {
    const controller = new AbortController();
    const work = withSignalTimeout(1_000, controller.signal, () => never<void>());
    controller.abort(new Error("the job's time is over"));
    await expect(work).rejects.toThrow("the job's time is over");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("ends at once where the outer signal was aborted before", async () => {
    const aborted = AbortSignal.abort(new Error("too late to begin"));
    await expect(withSignalTimeout(1_000, aborted, () => never<void>())).rejects.toThrow("too late to begin");
  });

  test("rejects with an error also where the reason of the abort is none", async () => {
    await expect(withSignalTimeout(1_000, AbortSignal.abort("because"), () => never<void>())).rejects.toThrow(
      new Error("aborted"),
    );
  });

  test("rejects with what the work throws, now or later", async () => {
    const thrower = (): never => {
      throw new Error("at once");
    };
    await expect(withSignalTimeout(1_000, outer(), thrower)).rejects.toThrow("at once");
    await expect(withSignalTimeout(1_000, outer(), () => Promise.reject(new Error("later")))).rejects.toThrow(
      "later",
    );
    expect(vi.getTimerCount()).toBe(0);
  });

  test("that fails after its deadline disturbs nobody", async () => {
    const late = Promise.withResolvers<void>();
    const thrown = withSignalTimeout(10, outer(), () => late.promise).catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10);
    expect(await thrown).toBeInstanceOf(ProbeTimeout);
    late.reject(new Error("far too late"));
    await vi.advanceTimersByTimeAsync(10);
  });
});
