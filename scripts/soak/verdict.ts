import { ruleOf, type SoakRule } from "./rules.ts";
import type { TargetState } from "./world.ts";

/** A message as its row says, and the mail that told it. */
export interface StoredMessage {
  readonly to: string;
  readonly items: readonly { readonly kind: string; readonly jobKey: string | null; readonly atMs: number }[];
  /** Null while it was not accepted. */
  readonly mailId: string | null;
}

export interface Evidence {
  /** Minutes (Unix ms) whose outcomes are committed, in the order of their commits. */
  readonly committed: readonly number[];
  readonly history: ReadonlyMap<number, readonly TargetState[]>;
  readonly recipients: readonly string[];
  readonly messages: readonly StoredMessage[];
  /** Ids of the mails that were found as files, one for each file. */
  readonly mailIds: readonly string[];
}

export interface Verdict {
  /** Notices that the truth demands, for each recipient. */
  readonly owed: number;
  /** Of those, what is in an accepted mail that was found as a file. */
  readonly delivered: number;
  /** Files beyond the first of each accepted mail: sent again because their acceptance was not known. */
  readonly duplicates: number;
  /** What is owed and was not delivered, a line each. */
  readonly lost: readonly string[];
  /** What was told and is not owed, or told by two decisions, a line each. */
  readonly invented: readonly string[];
}

/** Compares what was told with what the original's rule tells of the truth, for the minutes that were committed. */
export function judge({ committed, history, recipients, messages, mailIds }: Evidence): Verdict {
  const targets = history.values().next().value?.length ?? 0;
  const owed = new Set<string>();
  for (let target = 0; target < targets; target++) {
    const runs = committed.map((minuteMs) => ({ minuteMs, isUp: history.get(minuteMs)?.[target] === "up" }));
    for (const { kind, atMs } of notificationsOf(ruleOf(target), runs)) {
      for (const to of recipients) owed.add(line(`Targets[${target}]`, kind, atMs, to));
    }
  }
  const files = new Set(mailIds);
  const decided = new Set<string>();
  const told = new Set<string>();
  const invented: string[] = [];
  for (const { to, items, mailId } of messages) {
    for (const { kind, jobKey: job, atMs } of items) {
      if (job === null || !job.startsWith("Targets[")) continue;
      const notice = line(job, kind, atMs, to);
      if (!owed.has(notice)) invented.push(`${notice}: not owed`);
      if (decided.has(notice)) invented.push(`${notice}: decided twice`);
      decided.add(notice);
      if (mailId !== null && files.has(mailId)) told.add(notice);
    }
  }
  const lost = [...owed].filter((notice) => !told.has(notice));
  const accepted = new Set(messages.flatMap(({ mailId }) => mailId ?? []));
  return {
    owed: owed.size,
    delivered: owed.size - lost.length,
    duplicates: mailIds.length - [...accepted].filter((id) => files.has(id)).length,
    lost: lost.map((notice) => `${notice}: ${decided.has(notice) ? "decided, not mailed" : "never decided"}`),
    invented,
  };
}

function line(job: string, kind: string, atMs: number, to: string): string {
  return `${new Date(atMs).toISOString().slice(0, 16)} ${job} ${kind} to ${to}`;
}

interface Notice {
  readonly kind: "failure" | "recovery";
  readonly atMs: number;
}

const FIVE_MINUTES_MS = 270_000;

/** The original's rule, written once more and for these few cases alone, so that it can contradict the other. */
function notificationsOf(
  { every, minimum }: SoakRule,
  runs: readonly { readonly minuteMs: number; readonly isUp: boolean }[],
): Notice[] {
  const notices: Notice[] = [];
  let failures = 0;
  let notifiedAtMs: number | null = null;
  for (const { minuteMs: atMs, isUp } of runs) {
    if (isUp) {
      if (every === "ONSTATECHANGE" && failures >= minimum) notices.push({ kind: "recovery", atMs });
      failures = 0;
      notifiedAtMs = null;
      continue;
    }
    failures += 1;
    if (failures < minimum) continue;
    const due =
      every === "EVERYTIME" ||
      notifiedAtMs === null ||
      (every === "EVERYFIVEMINUTES" && atMs - notifiedAtMs > FIVE_MINUTES_MS);
    if (!due) continue;
    notifiedAtMs = atMs;
    notices.push({ kind: "failure", atMs });
  }
  return notices;
}
