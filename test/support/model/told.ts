/** What is told to whom, in short: `failure A`, `other B`, `gap`, `fault`. */
import type { Message, DigestItem } from "../../../src/mail/message.ts";
import type { Invocation, Plan, Verdict } from "./parts.ts";

export function jobName(index: number): string {
  return ["Alpha", "Bravo", "Charlie", "Delta"][index] ?? `Job${index}`;
}

export function recipientsOf({ recipients }: Plan): readonly string[] {
  return ["ann", "bob", "eve"].slice(0, recipients).map((name) => `${name}@example.com`);
}

/** A part for each notice that is told by mail, and for each mail that a run asked for, counted or not. */
export function expectedParts(plan: Plan, by: Invocation, notices: Verdict["notices"]): readonly string[] {
  const definition = new Map(plan.jobs.map((job, index) => [jobName(index), job]));
  return [
    // Only what is inconclusive for long is never left to the job to tell.
    ...notices
      .filter(
        ({ job, told }) =>
          told === "inconclusive" ||
          definition.get(job)?.tells !== "elsewhere" ||
          by.toldForJobs.has(`${told} ${job}`),
      )
      .map(({ job, told }) => `${told} ${job}`),
    ...[...by.runs]
      .filter(([job, { hasStarted }]) => hasStarted && definition.get(job)?.writes)
      .map(([job]) => `other ${job}`),
  ];
}

export function partsByRecipient(messages: readonly Message[]): ReadonlyMap<string, readonly string[]> {
  const told = new Map<string, string[]>();
  for (const { to, items, token } of messages) {
    if (token !== null) continue;
    told.set(to, [...(told.get(to) ?? []), ...items.map(inShort)]);
  }
  return told;
}

function inShort({ kind, jobKey, title }: DigestItem): string {
  if (jobKey !== null) return `${kind} ${jobKey}`;
  if (title.startsWith("No checks ran for ")) return "gap";
  if (title.startsWith("Import Error on ")) return "fault";
  return `${kind} "${title}"`;
}
