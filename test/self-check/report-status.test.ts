import { describe, expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import type { StatusView } from "../../src/self-check/instance-status.ts";
import { reportStatus } from "../../src/self-check/report-status.ts";
import { at, FakeClock, probeAt, SETTINGS } from "../support/fakes/ports.ts";

const clock = new FakeClock(at("2026-11-23 10:00"));
const VALID = { ok: true, settings: SETTINGS } as const;

function storeThat(readStatus: () => Promise<StatusView>): MemoryStore {
  return Object.assign(new MemoryStore(), { readStatus });
}

describe("the status", () => {
  test("is what the store and the rule say", async () => {
    const view: StatusView = {
      lastTickFinishedAtMs: clock.ms - 60_000,
      loopbacks: [probeAt(clock.ms - 60_000, { returnedAtMs: clock.ms - 59_000 })],
      oldestRefusedAtMs: null,
      oldestWaitingAtMs: null,
      lastFailedAtMs: null,
    };
    expect(
      await reportStatus(
        storeThat(() => Promise.resolve(view)),
        clock,
        VALID,
      ),
    ).toEqual({
      status: "True",
      reason: "well",
    });
    const settings = { ...SETTINGS, staleAfterSeconds: 60 };
    expect(
      await reportStatus(
        storeThat(() => Promise.resolve(view)),
        clock,
        { ok: true, settings },
      ),
    ).toEqual({
      status: "JobProblem",
      reason: "the last tick completed 60 s ago, the limit is 60 s",
    });
  });

  test("of an instance that never ran is a problem with its jobs", async () => {
    expect(await reportStatus(new MemoryStore(), clock, VALID)).toEqual({
      status: "JobProblem",
      reason: "no tick has completed yet",
    });
  });

  test("is a problem with the jobs when the store fails, at once or later", async () => {
    const expected = { status: "JobProblem", reason: "the database does not answer: Error D1 is away" };
    const rejecting = storeThat(() => Promise.reject(new Error("Error D1\nis away")));
    expect(await reportStatus(rejecting, clock, VALID)).toEqual(expected);
    const throwing = storeThat(() => {
      throw new Error("Error D1 is away");
    });
    expect(await reportStatus(throwing, clock, VALID)).toEqual(expected);
  });

  test("is a problem with the jobs when settings are invalid, without asking the store", async () => {
    const store = storeThat(() => Promise.reject(new Error("never asked")));
    expect(await reportStatus(store, clock, { ok: false, problems: [] })).toEqual({
      status: "JobProblem",
      reason: "settings are invalid",
    });
  });
});
