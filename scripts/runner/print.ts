import { stripVTControlCharacters } from "node:util";
import { composeSubject } from "../../src/mail/message.ts";
import { oneLine, withoutDirections } from "../../src/core/text.ts";
import type { JobReport } from "./report.ts";

/** One job's outcome and mails, as text for a terminal. */
export function formatReport(report: JobReport, serverName: string): string {
  const { name, outcome, minimum, emails } = report;
  const latency = outcome.latencyMs === null ? "" : ` (${outcome.latencyMs} ms)`;
  const shown = (text: string): string => oneLine(text, Infinity);
  const lines = [`${outcome.status.toUpperCase()}  ${shown(name)}: ${shown(outcome.reason)}${latency}`];
  if (emails.length === 0) lines.push("      would tell nothing");
  for (const { subject, body, to } of emails) {
    const when = minimum > 1 ? ` at failure ${minimum} in a row` : "";
    lines.push(`      would mail ${to.join(", ")}${when}:`);
    lines.push(`      Subject: ${composeSubject({ serverName, bustThreading: false }, subject, 0)}`);
    lines.push(
      ...body
        .trimEnd()
        .split("\n")
        .map((line) => `      | ${withoutControls(line)}`.trimEnd()),
    );
  }
  return lines.join("\n");
}

/** With its indentation, but nothing that steers the terminal. */
function withoutControls(line: string): string {
  return withoutDirections(stripVTControlCharacters(line)).replaceAll(/\p{Cc}/gu, " ");
}
