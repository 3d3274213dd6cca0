import * as v from "valibot";
import type { ParameterProblem } from "./parameters.ts";

/** What may go wrong, by the fragment of its type. Source: RFC 9457. */
export const PROBLEMS = {
  "unknown-path": { status: 404, title: "There is nothing at this address" },
  "no-such-job": { status: 404, title: "There is no such job" },
  "no-owner": { status: 404, title: "Nobody can be known as the owner" },
  "method-not-allowed": { status: 405, title: "Only read" },
  "invalid-parameter": { status: 400, title: "A parameter is wrong" },
  unauthorized: { status: 401, title: "For the owner alone" },
  "too-many-tries": { status: 429, title: "Too many wrong tokens" },
  "owner-unknown": { status: 503, title: "It cannot be told who asks" },
  "set-up-wrongly": { status: 503, title: "This Checker is set up wrongly, and watches nothing" },
  unavailable: { status: 503, title: "Nothing can be read at present" },
  internal: { status: 500, title: "Internal error" },
} as const;

export type ProblemKind = keyof typeof PROBLEMS;

/** Where the types are described: this is the beginning of each. */
const PROBLEM_TYPES = "/api/v1/problems#";

export const Problem = v.pipe(
  v.object({
    type: v.pipe(
      v.string(),
      v.description("Which kind of problem; /api/v1/problems lists them."),
      v.examples([`${PROBLEM_TYPES}invalid-parameter`]),
    ),
    title: v.string(),
    status: v.pipe(v.number(), v.integer(), v.minValue(400), v.maxValue(599)),
    detail: v.pipe(
      v.string(),
      v.description("What is wrong, where, and what to do about it."),
      v.examples([
        "limit=5000 in the query is more than 1000. How many a page has, a whole number from 1 to 1000; 100 unless given.",
      ]),
    ),
    errors: v.optional(
      v.pipe(
        v.array(
          v.object({ parameter: v.string(), value: v.string(), problem: v.string(), remedy: v.string() }),
        ),
        v.description("Every parameter that is wrong."),
      ),
    ),
  }),
  v.title("Problem"),
  v.description("RFC 9457."),
);

export const ProblemTypeList = v.pipe(
  v.object({
    items: v.array(
      v.object({ type: v.string(), status: v.pipe(v.number(), v.integer()), title: v.string() }),
    ),
  }),
  v.title("ProblemTypeList"),
);

export type ProblemFields = v.InferOutput<typeof Problem>;

export function problemFields(kind: ProblemKind, detail: string): ProblemFields {
  const { status, title } = PROBLEMS[kind];
  return { type: `${PROBLEM_TYPES}${kind}`, title, status, detail };
}

export function parameterProblem(problems: readonly ParameterProblem[]): ProblemFields {
  const detail = problems
    .map(
      ({ parameter, value, problem, remedy }) => `${parameter}=${value} in the query ${problem}. ${remedy}`,
    )
    .join(" ");
  return { ...problemFields("invalid-parameter", detail), errors: problems.map((one) => ({ ...one })) };
}

export function problemTypes(): v.InferOutput<typeof ProblemTypeList> {
  return {
    items: Object.entries(PROBLEMS).map(([kind, { status, title }]) => ({
      type: `${PROBLEM_TYPES}${kind}`,
      status,
      title,
    })),
  };
}
