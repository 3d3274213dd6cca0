import { latestPossible, MINUTE_MS } from "../core/time/frequency.ts";
import type { JobLoadError, NotifiedLoadError } from "../job-loading/load-error.ts";
import type { TickView, TickCommit } from "./ports.ts";

/**
 * A fault is resolved when no tick has seen it for so long, ms. While a new version of the Worker is deployed
 * gradually, ticks of both alternate, and only one of the two may have the fault.
 */
const RESOLVED_AFTER_MS = 10 * MINUTE_MS;

/** A fault that was seen again is noted only so long after it was missed, ms, or alternating versions wrote every minute. */
const SEEN_AGAIN_AFTER_MS = RESOLVED_AFTER_MS / 2;

interface LoadErrorChanges extends Pick<
  TickCommit,
  "newLoadErrors" | "resolvedLoadErrors" | "notifiedLoadErrors" | "resolvedNotifiedErrors"
> {
  /** Those of which the admin is to be notified. */
  readonly news: readonly JobLoadError[];
}

/** Which faults of job files are news, and which are resolved. Two texts of one file are two faults. */
export function loadErrorChanges(
  faults: readonly JobLoadError[],
  view: Pick<TickView, "loadErrors" | "notifiedLoadErrors">,
  nowMs: number,
): LoadErrorChanges {
  // What the version before this table has notified of stands in `faults` only.
  const told = view.loadErrors.map((fault): NotifiedLoadError => ({ ...fault, absentSinceMs: null }));
  const notices = new Map([...told, ...view.notifiedLoadErrors].map((notice) => [keyOf(notice), notice]));
  const present = new Set(faults.map(keyOf));
  const news = faults.filter((fault) => !notices.has(keyOf(fault)));
  const resolvedNotifiedErrors = [...notices.values()].filter(
    (notice) => !present.has(keyOf(notice)) && isOver(notice, RESOLVED_AFTER_MS, nowMs),
  );
  const gone = new Set(resolvedNotifiedErrors.map(keyOf));
  const left = [...notices.values()].filter((notice) => !gone.has(keyOf(notice)));
  const shown = [...news, ...left];
  return {
    news,
    notifiedLoadErrors: [
      ...news.map((fault): NotifiedLoadError => ({ ...fault, absentSinceMs: null })),
      ...left.flatMap((notice) => noted(notice, present.has(keyOf(notice)), nowMs)),
    ],
    resolvedNotifiedErrors,
    // Where the text that is shown is resolved and the file has another.
    newLoadErrors: [
      ...news,
      ...view.loadErrors
        .filter((fault) => gone.has(keyOf(fault)))
        .flatMap(({ name }) => {
          return shown.find((other) => other.name === name) ?? [];
        }),
    ],
    resolvedLoadErrors: view.loadErrors
      .map(({ name }) => name)
      .filter((name) => !shown.some((fault) => fault.name === name)),
  };
}

/** The notice as it is to be written, where it changes. */
function noted(notice: NotifiedLoadError, isPresent: boolean, nowMs: number): NotifiedLoadError[] {
  const { absentSinceMs } = notice;
  if (!isPresent) {
    const isSound = absentSinceMs !== null && absentSinceMs <= latestPossible(nowMs);
    return isSound ? [] : [{ ...notice, absentSinceMs: nowMs }];
  }
  return isOver(notice, SEEN_AGAIN_AFTER_MS, nowMs) ? [{ ...notice, absentSinceMs: null }] : [];
}

function isOver({ absentSinceMs }: NotifiedLoadError, afterMs: number, nowMs: number): boolean {
  return absentSinceMs !== null && nowMs - absentSinceMs >= afterMs;
}

function keyOf({ name, message }: JobLoadError): string {
  return JSON.stringify([name, withoutReferences(message)]);
}

/** Some errors carry an id that is new each time, which is no change worth a mail a minute. */
function withoutReferences(text: string): string {
  return text.replaceAll(/\b(?=[a-z]*\d)[a-z\d]{12,}\b/gi, "#");
}
