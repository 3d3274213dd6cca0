import { DAY_MS } from "../../domain/frequency.ts";
import { down, up, type Outcome } from "../../domain/outcome.ts";
import { formatDuration, oneLine, plural } from "../../domain/text.ts";
import type { CertificateFacts } from "./certificate-facts.ts";

/** What a certificate is held against. */
export interface CertificateRule {
  /** Normalised. */
  readonly serverName: string;
  readonly minDaysLeft: number;
}

/** Names shown of a certificate that is for others. */
const NAMES_SHOWN = 3;
const NAME_LENGTH = 60;
const REASON_LENGTH = 400;

/**
 * Up when the certificate is for the name, valid now and for `minDaysLeft` days more; else down for all
 * that is wrong. Trust is not judged: a Worker has no store of root certificates, so neither the chain nor
 * a self-signed certificate makes a failure.
 */
export function judgeCertificate(
  facts: CertificateFacts,
  rule: CertificateRule,
  nowMs: number,
  latencyMs: number | null,
): Outcome {
  const issued = facts.selfSigned ? "self-signed" : `issued by ${oneLine(facts.issuer, NAME_LENGTH)}`;
  const mismatch = facts.nameMatches ? null : describeMismatch(facts.names, rule.serverName);
  const dates = dateProblems(facts, rule.minDaysLeft, nowMs);

  const whenText =
    dates.length > 0
      ? dates.map(({ text }) => text).join(", ")
      : `expires ${day(facts.validToMs)} (in ${span(facts.validToMs - nowMs)})`;
  if (mismatch === null && dates.length === 0) return up(`${whenText}, ${issued}`, latencyMs);

  // "expires in 12 days" needs no subject, "expired" does.
  const whenPrefix = mismatch === null && dates[0]?.condition !== "expiring" ? "certificate " : "";
  const reason = `${mismatch === null ? "" : `${mismatch}; `}${whenPrefix}${whenText}, ${issued}`;
  const conditions = [
    ...(mismatch === null ? [] : ["wrong name"]),
    ...dates.map(({ condition }) => condition),
  ];
  return down(oneLine(reason, REASON_LENGTH), latencyMs, conditions.join(", "));
}

interface DateProblem {
  readonly condition: "not yet valid" | "expired" | "expiring";
  readonly text: string;
}

function dateProblems(facts: CertificateFacts, minDaysLeft: number, nowMs: number): DateProblem[] {
  const problems: DateProblem[] = [];
  const { validFromMs, validToMs } = facts;
  if (nowMs < validFromMs) {
    const text = `not valid before ${day(validFromMs)} (in ${span(validFromMs - nowMs)})`;
    problems.push({ condition: "not yet valid", text });
  }
  if (nowMs > validToMs) {
    problems.push({
      condition: "expired",
      text: `expired ${day(validToMs)} (${span(nowMs - validToMs)} ago)`,
    });
  } else if (validToMs - nowMs < minDaysLeft * DAY_MS) {
    const text = `expires in ${span(validToMs - nowMs)}, on ${day(validToMs)} (fewer than ${minDaysLeft})`;
    problems.push({ condition: "expiring", text });
  }
  return problems;
}

function describeMismatch(names: readonly string[], serverName: string): string {
  const asked = oneLine(serverName, NAME_LENGTH);
  if (names.length === 0) return `certificate names no host (a common name is not one), so not ${asked}`;
  const shown = names.slice(0, NAMES_SHOWN).map((name) => oneLine(name, NAME_LENGTH));
  const more = names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : "";
  return `certificate is for ${shown.join(", ")}${more}, not for ${asked}`;
}

/** `2026-11-23`, UTC. */
function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Whole days, or hours and minutes within one. */
function span(ms: number): string {
  return ms >= DAY_MS ? plural(Math.floor(ms / DAY_MS), "day") : formatDuration(ms);
}
