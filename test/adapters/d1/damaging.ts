/** Damages the database of a Checker that is well, and sees what the next two ticks make of it. */
import { expect } from "vitest";
import { FAILURES } from "../../support/d1/counted-failures.ts";
import { rowsNamed, toAdmin, type Scenarios, type Seen, type Step } from "./scenario.ts";

/** Year 9999, Unix ms. */
export const FAR = "253370764800000";
export const ABSURD = "9223372036854775807";

/** Two ticks of a Checker that is well: B is down and told, the mail to itself has come back. */
const BEFORE: readonly Step[] = [{ failing: ["B"] }, { tick: "10:00" }, { return: true }, { tick: "10:01" }];

export interface Found {
  /** Each statement that did the damage. */
  readonly done: readonly Seen[];
  readonly first: Seen | undefined;
  readonly second: Seen | undefined;
}

/** Damages the database and lets two ticks come. */
export async function damage(
  scenarios: Scenarios,
  statements: readonly string[],
  jobs?: readonly string[],
  ticks: readonly string[] = ["10:02", "10:03"],
): Promise<Found> {
  const seen = await scenarios.run(
    [...BEFORE, ...statements.map((sql) => ({ sql })), ...ticks.map((tick) => ({ tick }))],
    jobs,
  );
  const done = seen.slice(BEFORE.length, -2);
  expect(done.map(({ error }) => error)).toEqual(statements.map(() => null));
  return { done, first: seen.at(-2), second: seen.at(-1) };
}

/** Both ticks were whole, A and B were judged as ever, and one mail to the admin names these rows and no other. */
export async function expectRepaired(
  scenarios: Scenarios,
  { first, second }: Found,
  named: readonly string[],
  failuresOfB = 4,
): Promise<void> {
  expect(first).toMatchObject({ error: null, kind: "done" });
  expect(rowsNamed(first)).toEqual(named);
  const rows = named.length === 1 ? "1 damaged row" : `${named.length} damaged rows`;
  expect(toAdmin(first).map(({ subject }) => subject)).toEqual([`[checker-eu] ${rows} in the database`]);
  await expectQuiet(scenarios, second, failuresOfB);
}

export async function expectQuiet(
  scenarios: Scenarios,
  seen: Seen | undefined,
  failuresOfB = 4,
): Promise<void> {
  expect(seen).toMatchObject({ error: null, kind: "done" });
  expect(toAdmin(seen)).toEqual([]);
  expect(
    await scenarios.sql(
      `SELECT job, status, ${FAILURES} FROM job_state WHERE job IN ('A', 'B') ORDER BY job`,
    ),
  ).toEqual([
    { job: "A", status: "up", failures: 0 },
    { job: "B", status: "down", failures: failuresOfB },
  ]);
}
