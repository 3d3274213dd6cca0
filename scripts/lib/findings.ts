/** What was found in a project. Each is one text that names value, place and remedy. */
export interface Findings {
  /** What keeps Checker from running as its owner means it. */
  readonly problems: readonly string[];
  /** What is probably not meant. A deploy refuses it, a local run does not. */
  readonly warnings: readonly string[];
  /** What works, and is worth knowing. */
  readonly notes: readonly string[];
}

export function findings(found: Partial<Findings>): Findings {
  return { problems: [], warnings: [], notes: [], ...found };
}

export function mergeFindings(all: readonly Findings[]): Findings {
  return {
    problems: all.flatMap(({ problems }) => problems),
    warnings: all.flatMap(({ warnings }) => warnings),
    notes: all.flatMap(({ notes }) => notes),
  };
}
