import type { JobFault, TickCommit } from "../domain/ports.ts";

/** Which faults of job files are news, and which are over. */
export function faultChanges(
  faults: readonly JobFault[],
  told: readonly JobFault[],
): Pick<TickCommit, "faultsTold" | "faultsGone"> {
  const known = new Map(told.map(({ name, text }) => [name, withoutReferences(text)]));
  const now = new Set(faults.map(({ name }) => name));
  return {
    faultsTold: faults.filter(({ name, text }) => known.get(name) !== withoutReferences(text)),
    faultsGone: [...known.keys()].filter((name) => !now.has(name)),
  };
}

/** Some errors carry an id that is new each time, which is no change worth a mail a minute. */
function withoutReferences(text: string): string {
  return text.replaceAll(/\b(?=[a-z]*\d)[a-z\d]{12,}\b/gi, "#");
}
