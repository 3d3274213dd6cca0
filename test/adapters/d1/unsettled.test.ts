import { expect, test } from "vitest";
import { unsettledOf, unsettledText } from "../../../src/adapters/d1/unsettled.ts";
import { NEW_JOB, type JobState } from "../../../src/domain/job-state.ts";
import type { Damage } from "../../../src/domain/ports.ts";

const SUMMARY = { fromMs: 1_000, failures: 3, recoveredAtMs: 2_000, notices: 0, firstNoticeAtMs: null };
const STATE: JobState = {
  ...NEW_JOB,
  status: "up",
  reason: "fine",
  sinceMs: 2_000,
  changesAtMs: [1_000, 2_000],
  churn: { level: 7.25, atMs: 2_000, summary: SUMMARY },
};
const TEXT = unsettledText({ version: 4, unsettled: new Map([['A["x"]', STATE]]) }) ?? "";

function read(
  text: unknown,
  version = 5,
): readonly [readonly (readonly [string, JobState])[], readonly Damage[]] {
  const damage: Damage[] = [];
  return [[...unsettledOf(text, version, 9_000, damage)], damage];
}

test("states of unsettled jobs come back as they were", () => {
  expect(read(TEXT)).toEqual([[['A["x"]', STATE]], []]);
});

test("none cost nothing", () => {
  expect(unsettledText({ version: 4, unsettled: new Map() })).toBe(null);
  expect(read(null)).toEqual([[], []]);
});

test("those of an older commit are not read, as a previous version of the Worker has written newer rows", () => {
  expect(read(TEXT, 6)).toEqual([[], []]);
});

test.each([["x"], ["7"], ["[]"], [`{"version":5,"jobs":[7]}`], [new Uint8Array([0])], [7]])(
  "%j is damage, and nothing else",
  (text) => {
    const problem = "unsettled: is no list of states";
    expect(read(text)).toEqual([[], [{ table: "shard.unsettled", key: "main", problem }]]);
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
    unsettledText({
      version: 4,
      unsettled: new Map([
        ["A", STATE],
        ["B", STATE],
      ]),
    }) ?? "";
  const [states, damage] = read(both.replace(sound, wrong));
  expect(states).toEqual([["B", STATE]]);
  expect(damage).toEqual([
    { table: "shard.unsettled", key: "A", problem: expect.stringMatching(problem) as string },
  ]);
});
