import { DatabaseError } from "../../core/database-error.ts";
import { withTimeout } from "../../core/time/timeout.ts";

/**
 * Errors after which D1 may well answer the same question. They carry no code, only these texts. The last but
 * one is what the runtime says of any fault of its own.
 * Sources: https://developers.cloudflare.com/d1/observability/debug-d1/ and
 * https://developers.cloudflare.com/d1/best-practices/retry-queries/
 */
const TRANSIENT =
  /network connection lost|replica disconnected from primary|caused object to be reset|reset because its code was updated|transient issue|d1 db is overloaded|internal error; reference|did not answer within/i;

/** Waits before the second and the third attempt, ms. Others wait elsewhere, so they are not all alike. */
const PAUSES_MS = [100, 500];
/** One attempt, ms. Stalls of a minute are known; the tick has better things to do by then. */
const ATTEMPT_LIMIT_MS = 10_000;

/**
 * Asks D1, and asks again after an error that passes. The platform repeats reads by itself, writes never:
 * so `work` must be one that may be done twice, because an error leaves open whether it was done.
 *
 * @param work told which attempt it is, from 1 on
 * @throws DatabaseError
 */
export async function asking<T>(work: (attempt: number) => Promise<T>, random: () => number): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await withTimeout(ATTEMPT_LIMIT_MS, work(attempt), () => {
        throw new Error(`D1 did not answer within ${ATTEMPT_LIMIT_MS / 1000} s`);
      });
    } catch (error) {
      const pauseMs = PAUSES_MS[attempt - 1];
      if (pauseMs === undefined || !isTransient(error)) throw new DatabaseError(error);
      await new Promise((resolve) => setTimeout(resolve, pauseMs * (0.75 + random() / 2)));
    }
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof Error && TRANSIENT.test(error.message);
}
