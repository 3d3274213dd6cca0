import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { asking } from "../../../src/storage/d1/retry.ts";
import { DatabaseError } from "../../../src/core/database-error.ts";
import { never } from "../../support/fakes/ports.ts";

/** As D1 says them. Source: https://developers.cloudflare.com/d1/observability/debug-d1/ */
const TRANSIENT = [
  "D1 DB reset because its code was updated.",
  "Internal error while starting up D1 DB storage caused object to be reset.",
  "Network connection lost.",
  "Replica disconnected from primary.",
  "Internal error in D1 DB storage caused object to be reset.",
  "Cannot resolve D1 DB due to transient issue on remote node.",
  "D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1 DB is overloaded. Requests queued for too long.",
  "D1 DB is overloaded. Too many requests queued.",
  "internal error; reference = 0qjs4pk1oc2vh",
];

/** These say the same the next time, or it is the statement that is at fault. */
const LASTING = [
  "no such table: tick: SQLITE_ERROR",
  "no such column: claimed_by at offset 12: SQLITE_ERROR",
  `near "SELEC": syntax error at offset 0: SQLITE_ERROR`,
  "UNIQUE constraint failed: tick.id: SQLITE_CONSTRAINT",
  "NOT NULL constraint failed: shard.version: SQLITE_CONSTRAINT",
  "string or blob too big: SQLITE_TOOBIG",
  "too many SQL variables at offset 300: SQLITE_ERROR",
  "Exceeded maximum DB size.",
  "Your account has exceeded D1's maximum account storage limit, please contact Cloudflare to raise your limit",
  "Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC)",
  "D1 DB's isolate exceeded its memory limit and was reset.",
  "D1 DB exceeded its CPU time limit and was reset.",
];

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** Asks something that ends so; gives when each attempt began, ms, and what came of it. */
async function ask(
  ends: (attempt: number) => unknown,
  random = 0.5,
): Promise<{ readonly began: readonly number[]; readonly endedMs: number; readonly result: unknown }> {
  const began: number[] = [];
  const work = async (attempt: number): Promise<unknown> => {
    began.push(Date.now());
    expect(attempt).toBe(began.length);
    const end = await ends(attempt);
    if (end instanceof Error) throw end;
    return end;
  };
  const ended: number[] = [];
  const asked = asking(work, () => random)
    .catch((error: unknown) => error)
    .finally(() => ended.push(Date.now()));
  while (ended.length === 0) await vi.advanceTimersByTimeAsync(1);
  return { began, endedMs: ended[0] ?? 0, result: await asked };
}

describe("an answer", () => {
  test("is given at once", async () => {
    expect(await ask(() => "well")).toEqual({ began: [0], endedMs: 0, result: "well" });
  });
});

describe("an error that passes", () => {
  test.each(TRANSIENT)("is followed by another attempt: %s", async (text) => {
    for (const prefix of ["", "D1_ERROR: ", "D1_EXEC_ERROR: "]) {
      const { began, result } = await ask((attempt) => (attempt === 1 ? new Error(prefix + text) : "well"));
      expect(result).toBe("well");
      expect(began).toHaveLength(2);
    }
  });

  test("that does not pass is a fault after three attempts, with the last error as its cause", async () => {
    const error = new Error("D1_ERROR: Network connection lost.");
    const { began, endedMs, result } = await ask((attempt) =>
      attempt < 3 ? new Error(TRANSIENT[0]) : error,
    );
    expect(began).toEqual([0, 100, 600]);
    expect(endedMs).toBe(600);
    expect(result).toBeInstanceOf(DatabaseError);
    expect(result).toMatchObject({
      name: "DatabaseError",
      code: "E_STORE",
      message: "the database does not answer: D1_ERROR: Network connection lost.",
      cause: error,
    });
  });

  test.each([
    [0, [0, 75, 450]],
    [0.25, [0, 87, 524]],
    [0.75, [0, 112, 674]],
    [0.999, [0, 124, 748]],
  ])("is waited for as chance has it (%d), so that not all come back at once", async (random, began) => {
    const ended = await ask(() => new Error(TRANSIENT[2]), random);
    expect(ended.began).toEqual(began);
  });

  test("between two that differ is what counts: one that lasts ends it", async () => {
    const { began, result } = await ask((attempt) => new Error(attempt === 1 ? TRANSIENT[2] : LASTING[0]));
    expect(began).toHaveLength(2);
    expect(result).toMatchObject({ message: `the database does not answer: ${LASTING[0]}` });
  });
});

describe("an error that lasts", () => {
  test.each(LASTING)("is a fault at once: %s", async (text) => {
    const error = new Error(`D1_ERROR: ${text}`);
    const { began, endedMs, result } = await ask(() => error);
    expect([began, endedMs]).toEqual([[0], 0]);
    expect(result).toBeInstanceOf(DatabaseError);
    expect(result).toMatchObject({ code: "E_STORE", cause: error });
  });

  test("may be no Error at all", async () => {
    const result = await asking(
      // As a broken binding might.
      // oxlint-disable-next-line typescript/only-throw-error, typescript/prefer-promise-reject-errors
      () => Promise.reject("Network connection lost."),
      () => 0,
    ).catch((error: unknown) => error);
    expect(result).toMatchObject({
      code: "E_STORE",
      message: "the database does not answer: Network connection lost.",
      cause: "Network connection lost.",
    });
  });
});

describe("a call that hangs", () => {
  test("is given up after ten seconds, and asked again", async () => {
    const { began, result } = await ask((attempt) => (attempt === 1 ? never() : "well"));
    expect(began).toEqual([0, 10_100]);
    expect(result).toBe("well");
  });

  test("and hangs again is a fault after half a minute", async () => {
    const { began, endedMs, result } = await ask(() => never());
    expect(began).toEqual([0, 10_100, 20_600]);
    expect(endedMs).toBe(30_600);
    expect(result).toMatchObject({
      code: "E_STORE",
      message: "the database does not answer: D1 did not answer within 10 s",
    });
  });

  test("but answers before the ten seconds are over counts", async () => {
    const { began, endedMs, result } = await ask(
      () => new Promise((resolve) => setTimeout(() => resolve("slow"), 9_999)),
    );
    expect([began, endedMs, result]).toEqual([[0], 9_999, "slow"]);
  });

  test("and fails when nobody listens any more harms nobody", async () => {
    const { result } = await ask((attempt) =>
      attempt === 1
        ? new Promise((_resolve, reject) => setTimeout(() => reject(new Error("too late")), 15_000))
        : new Promise((resolve) => setTimeout(() => resolve("well"), 8_000)),
    );
    expect(result).toBe("well");
    await vi.advanceTimersByTimeAsync(20_000);
  });
});
