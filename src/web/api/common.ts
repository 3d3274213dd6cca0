import * as v from "valibot";
import type { Freshness } from "../../status/status-page.ts";

/**
 * What the API's answers have in common. A schema stands beside the function that makes what it describes: its type is
 * checked by the compiler, its values by the tests, and the OpenAPI document is made from it.
 */

export const Time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.description("A time, UTC, as RFC 3339 writes it."),
  v.examples(["2026-11-23T12:30:00.000Z"]),
);

export function timeOf(atMs: number): string;
export function timeOf(atMs: number | null): string | null;
export function timeOf(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const Milliseconds = v.pipe(v.number(), v.minValue(0), v.description("Milliseconds."));
/** From 0 to 1. */
export const Share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));

export const JobId = v.pipe(
  v.string(),
  v.regex(/^[0-9a-z]{14}$/),
  v.description("What stands for a job in addresses. It stays as long as the job's identity does."),
  v.examples(["0k3j9x1a2b3c4d"]),
);

export const Status = v.pipe(
  v.picklist(["up", "down", "inconclusive", "maintenance", "new"]),
  v.description(
    "`inconclusive`: it could not be found out, by no fault of the target. `maintenance`: it is not up, and worked on. `new`: it did not run yet.",
  ),
);

export const Frequency = v.pipe(
  v.picklist(["MINUTE", "HOUR", "DAY", "DAY_NOON"]),
  v.description("How often it runs. `DAY` is 00:00 UTC, `DAY_NOON` 12:00 UTC."),
);

/** How old an answer is. Nothing in here changes with each second, so that an answer keeps its ETag. */
export const FreshnessFields = {
  asOf: v.pipe(
    v.nullable(Time),
    v.description(
      "When the last whole tick ended: what is told of jobs is as of then. Null before the first.",
    ),
  ),
  staleAt: v.pipe(
    v.nullable(Time),
    v.description(
      "When this is to be taken for old, if no tick comes. Null where it is, or where there is no data.",
    ),
  ),
  isStale: v.pipe(
    v.boolean(),
    v.description("Older than STALE_AFTER_SECONDS: the present state is not known. Take no `up` for it."),
  ),
};

export function freshnessFields({ asOfMs, staleAtMs, isStale }: Freshness) {
  return { asOf: timeOf(asOfMs), staleAt: timeOf(staleAtMs), isStale };
}

export const NextCursor = v.pipe(
  v.nullable(v.string()),
  v.description(
    "Send it as `cursor` for the next page. Null on the last. A `Link` header has the whole address.",
  ),
);

/** What strangers are not told is null, as is what there is none of. */
export function textOrNull(text: string): string | null {
  return text === "" ? null : text;
}
