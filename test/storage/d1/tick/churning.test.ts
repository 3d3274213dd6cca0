import { expect, test } from "vitest";
import { readChurning, churningText } from "../../../../src/storage/d1/tick/churning.ts";
import { NEW_JOB, type JobState } from "../../../../src/alerting/job-state.ts";
import type { CorruptRow } from "../../../../src/core/corrupt-row.ts";

const SUMMARY = {
  fromMs: 1_000,
  failures: 3,
  recoveredAtMs: 2_000,
  notifications: 0,
  firstNotifiedAtMs: null,
};
const STATE: JobState = {
  ...NEW_JOB,
  status: "up",
  reason: "fine",
  sinceMs: 2_000,
  changesAtMs: [1_000, 2_000],
  churn: { level: 7.25, atMs: 2_000, summary: SUMMARY },
};
const TEXT = churningText({ version: 4, churning: new Map([['A["x"]', STATE]]) }) ?? "";

function read(
  text: unknown,
  version = 5,
): readonly [readonly (readonly [string, JobState])[], readonly CorruptRow[]] {
  const damage: CorruptRow[] = [];
  return [[...readChurning(text, version, 9_000, damage)], damage];
}

test("states of unsettled jobs come back as they were", () => {
  expect(read(TEXT)).toEqual([[['A["x"]', STATE]], []]);
});

test("none cost nothing", () => {
  expect(churningText({ version: 4, churning: new Map() })).toBe(null);
  expect(read(null)).toEqual([[], []]);
});

test("those of an older commit are not read, as a previous version of the Worker has written newer rows", () => {
  expect(read(TEXT, 6)).toEqual([[], []]);
});

test.each([["x"], ["7"], ["[]"], [`{"version":5,"jobs":[7]}`], [new Uint8Array([0])], [7]])(
  "%j is damage, and nothing else",
  (text) => {
    const problem = "churning: is no list of states";
    expect(read(text)).toEqual([[], [{ table: "instance.churning", key: "main", problem }]]);
  },
);

test.each([
  ['"reason":"fine"', '"reason":7', /^reason: /],
  ['"status":"up"', '"status":"well"', /^status: /],
  ['"since":2000', '"since":10000', /^since lies in the future$/],
  ['"failures":3', '"failures":-3', /^summary: is none$/],
  ["[7.25,2000]", "[]", /^summary: is none$/],
])("a state with %s as %s is damage of its own, and the others are read", (sound, wrong, problem) => {
  const both =
    churningText({
      version: 4,
      churning: new Map([
        ["A", STATE],
        ["B", STATE],
      ]),
    }) ?? "";
  const [states, damage] = read(both.replace(sound, wrong));
  expect(states).toEqual([["B", STATE]]);
  expect(damage).toEqual([
    { table: "instance.churning", key: "A", problem: expect.stringMatching(problem) as string },
  ]);
});
