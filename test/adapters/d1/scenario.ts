/** Hands scenarios to the Worker of `scenario-worker.ts`, and sees what came of them. */
import { useLocalD1, type LocalD1 } from "./local-d1.ts";
import type { Scenario, Seen, Step } from "../../storage/d1/scenario-worker.ts";

export type { Seen, Step };
export type { Row } from "./local-d1.ts";

export interface Scenarios extends LocalD1 {
  /** Takes the steps on an empty database; gives what was seen after each. */
  run(
    steps: readonly Step[],
    jobs?: readonly string[],
    contacts?: readonly string[],
  ): Promise<readonly Seen[]>;
  /** As `run`, on the database as it is. */
  goOn: Scenarios["run"];
}

export function useScenarios(): Scenarios {
  const local = useLocalD1({ main: "test/storage/d1/scenario-worker.ts" });
  const goOn: Scenarios["run"] = async (steps, jobs = ["A", "B"], contacts = ["ops@example.com"]) =>
    (await local.post({ jobs, contacts, steps } satisfies Scenario)) as readonly Seen[];
  return Object.assign(Object.create(local) as LocalD1, {
    goOn,
    async run(...scenario: Parameters<Scenarios["run"]>) {
      await local.empty();
      return goOn(...scenario);
    },
  });
}

/** What is mailed to the admin, not to Checker itself. */
export function toAdmin(seen: Seen | undefined): Seen["mails"] {
  return (seen?.mails ?? []).filter(({ to }) => to === "ops@example.com");
}

/** The rows that a mail about damage names: `table, key: problem`. */
export function rowsNamed(seen: Seen | undefined): readonly string[] {
  return toAdmin(seen).flatMap(({ body }) =>
    body
      .split("\n")
      .filter((line) => /^- [\w.]+, /.test(line))
      .map((line) => line.slice(2)),
  );
}
