import { DAY_MS } from "../../../core/time/frequency.ts";
import { down, up, type Outcome } from "../../../core/outcome.ts";
import { formatDuration, oneLine, plural } from "../../../core/text.ts";
import type { CertificateFacts } from "./facts.ts";
import { matchesHost, nearMiss, type AlternativeName } from "./host-match.ts";
import { isIpAddress } from "./server-name.ts";

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
export function evaluateCertificate(
  facts: CertificateFacts,
  rule: CertificateRule,
  nowMs: number,
  latencyMs: number | null,
): Outcome {
  const issued = describeIssuer(facts);
  const wrong = contentProblem(facts, rule.serverName);
  const dates = dateProblems(facts, rule.minDaysLeft, nowMs);

  const whenText =
    dates.length > 0
      ? dates.map(({ text }) => text).join(", ")
      : `expires ${day(facts.validToMs)} (in ${span(facts.validToMs - nowMs)})`;
  if (wrong === null && dates.length === 0) return up(`${whenText}, ${issued}`, latencyMs);

  // "expires in 12 days" needs no subject, "expired" does.
  const whenPrefix = wrong === null && dates[0]?.condition !== "expiring" ? "certificate " : "";
  const reason = `${wrong === null ? "" : `${wrong.text}; `}${whenPrefix}${whenText}, ${issued}`;
  const conditions = [...(wrong === null ? [] : [wrong]), ...dates].map(({ condition }) => condition);
  return down(oneLine(reason, REASON_LENGTH), latencyMs, conditions.join(", "));
}

function describeIssuer({ selfSigned, issuer }: CertificateFacts): string {
  if (selfSigned) return "self-signed";
  const name = oneLine(issuer, NAME_LENGTH);
  return name === "" ? "issuer without a name" : `issued by ${name}`;
}

interface Problem {
  readonly condition: string;
  readonly text: string;
}

/** What is wrong besides the dates. */
function contentProblem({ malformed, names }: CertificateFacts, serverName: string): Problem | null {
  if (malformed) {
    return {
      condition: "malformed",
      text: "certificate has parts that cannot be read, and browsers reject it",
    };
  }
  if (matchesHost(names, serverName)) return null;
  return { condition: "wrong name", text: describeMismatch(names, serverName) };
}

interface DateProblem extends Problem {
  readonly condition: "not yet valid" | "expired" | "expiring";
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

function describeMismatch(names: readonly AlternativeName[], serverName: string): string {
  const asked = showName(serverName);
  if (names.length === 0) return `certificate names no host (a common name is not one), so not ${asked}`;
  const why = nearMiss(names, serverName);
  if (why !== null && isIpAddress(serverName)) return `certificate is not for ${asked}: ${why}`;
  // Names that only differ where they are cut would contradict what follows.
  const others = names.map(({ text }) => showName(text)).filter((name) => name !== asked);
  const shown = others.slice(0, NAMES_SHOWN);
  const left = names.length - shown.length;
  const more = shown.length === 0 ? [plural(left, "other name")] : left > 0 ? [`${left} more`] : [];
  const listed = [...(shown.length === 0 ? [] : [shown.join(", ")]), ...more].join(" and ");
  return `certificate is for ${listed}, not for ${asked}${why === null ? "" : ` (${why})`}`;
}

/** What is not printable, and spaces, are written as `\xNN`: they are what makes a name differ from one that looks the same. */
function showName(name: string): string {
  const visible = name.replaceAll(
    /[^\x21-\x7e]/g,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return visible === "" ? `""` : oneLine(visible, NAME_LENGTH);
}

/** `2026-11-23`, UTC. */
function day(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** Whole days, or hours and minutes within one. */
function span(ms: number): string {
  return ms >= DAY_MS ? plural(Math.floor(ms / DAY_MS), "day") : formatDuration(ms);
}
