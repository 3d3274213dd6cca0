import * as v from "valibot";
import { oneLine } from "../../core/text.ts";
import { Frequency, JobId, Status } from "./common.ts";
import { cursorOf } from "./cursor.ts";

/** What is wrong with a parameter. */
export interface ParameterProblem {
  readonly parameter: string;
  /** As it was sent, shortened. */
  readonly value: string;
  readonly problem: string;
  readonly remedy: string;
}

const limit = (most: number, usual: number) =>
  v.optional(
    v.pipe(
      v.number("is no whole number"),
      v.integer("is no whole number"),
      v.minValue(1, "is less than 1"),
      v.maxValue(most, `is more than ${most}`),
      v.description(`How many a page has, a whole number from 1 to ${most}; ${usual} unless given.`),
    ),
    usual,
  );

/** Orders by name, then id, as these outlive ticks. */
const JobPlace = v.tuple([v.string(), v.string()]);
/** When it began, and whose it is: the job's id for strangers, its identity for the owner. */
const IncidentPlace = v.tuple([v.pipe(v.number(), v.safeInteger()), v.string()]);
const RecordPlace = v.tuple([v.pipe(v.number(), v.safeInteger(), v.minValue(1))]);
const MessagePlace = v.tuple([v.pipe(v.number(), v.safeInteger()), v.string()]);

export const JobsQuery = v.object({
  status: v.optional(
    v.pipe(
      v.array(v.picklist(Status.pipe[0].options, "is no status"), "is no list"),
      v.description(
        "Only these: `up`, `down`, `inconclusive`, `maintenance`, `new`, with commas between them.",
      ),
    ),
  ),
  group: v.optional(
    v.pipe(v.string(), v.description("Only jobs under this heading, written as it is there.")),
  ),
  frequency: v.optional(
    v.pipe(
      v.picklist(Frequency.pipe[0].options, "is no frequency"),
      v.description("Only jobs that run so often: `MINUTE`, `HOUR`, `DAY` or `DAY_NOON`."),
    ),
  ),
  limit: limit(1_000, 100),
  cursor: v.optional(cursorOf(JobPlace)),
});

export const SeriesQuery = v.object({
  range: v.optional(
    v.pipe(
      v.picklist(["24h", "7d", "30d", "90d", "1y"], "is no range"),
      v.description("How far back: `24h`, `7d`, `30d`, `90d` or `1y`; `24h` unless given."),
    ),
    "24h",
  ),
});

export const IncidentsQuery = v.object({
  job: v.optional(
    v.pipe(
      v.string(),
      v.regex(JobId.pipe[1].requirement, "is no job's id"),
      v.description("Only those of this job, by its id: 14 small letters and digits."),
    ),
  ),
  limit: limit(200, 50),
  cursor: v.optional(cursorOf(IncidentPlace)),
});

export const RecordsQuery = v.object({
  limit: limit(1_000, 100),
  cursor: v.optional(cursorOf(RecordPlace)),
});

export const OutboxQuery = v.object({
  // A message may have 100,000 characters.
  limit: limit(50, 20),
  cursor: v.optional(cursorOf(MessagePlace)),
});

const label = v.optional(
  v.pipe(
    v.string(),
    v.maxLength(60, "is longer than 60 characters"),
    v.description("What stands on the left, at most 60 characters."),
  ),
);

export const NamedBadgeQuery = v.object({ label });

export const BadgeQuery = v.object({
  label,
  days: v.optional(
    v.pipe(
      v.picklist(["1", "7", "30", "90"], "is no number of days that is summed up"),
      v.description("Over so many days: `1`, `7`, `30` or `90`; `30` unless given."),
    ),
    "30",
  ),
});

export const NoQuery = v.object({});

export type QuerySchema = v.GenericSchema & { readonly entries: v.ObjectEntries };

export type ParsedQuery<Schema extends QuerySchema> =
  | { readonly ok: true; readonly query: v.InferOutput<Schema> }
  | { readonly ok: false; readonly problems: readonly ParameterProblem[] };

/** Checks a query by its schema. What no parameter is named is a mistake, and not passed over. */
export function parseQuery<Schema extends QuerySchema>(
  schema: Schema,
  search: URLSearchParams,
): ParsedQuery<Schema> {
  const names = [...new Set(search.keys())];
  const problems = names.flatMap((name): ParameterProblem[] => {
    const of = { parameter: oneLine(name, 80), value: oneLine(search.get(name) ?? "", 80) };
    const known = Object.keys(schema.entries);
    if (!known.includes(name)) {
      const remedy = known.length === 0 ? "Leave it out; there is none." : `There are: ${known.join(", ")}.`;
      return [{ ...of, problem: "is no parameter of this address", remedy }];
    }
    return search.getAll(name).length === 1
      ? []
      : [{ ...of, problem: "stands there more than once", remedy: "Give it once." }];
  });
  if (problems.length > 0) return { ok: false, problems };
  const values = names.map((name) => [name, typed(schema.entries[name], search.get(name) ?? "")]);
  const result = v.safeParse(schema, Object.fromEntries(values));
  if (result.success) return { ok: true, query: result.output };
  // The first of each parameter: others follow from it.
  const issues = Map.groupBy(result.issues, ({ path }) => String(path?.[0].key));
  return {
    ok: false,
    problems: [...issues].map(([name, [issue]]) => ({
      parameter: name,
      value: oneLine(search.get(name) ?? "", 80),
      problem: issue?.message ?? "",
      remedy: remedyOf(schema.entries[name]),
    })),
  };
}

/** Addresses hold texts alone: a number, or a list, is made of what is to be one. */
function typed(entry: unknown, text: string): unknown {
  const { type } = inner(entry);
  if (type === "number") return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
  return type === "array" ? text.split(",") : text;
}

/** Descriptions say what to send, so they are the remedy as well. */
function remedyOf(entry: unknown): string {
  return v.getDescription(inner(entry)) ?? "";
}

/** What is optional, without that. */
function inner(entry: unknown): v.GenericSchema {
  const schema = entry as v.GenericSchema & { readonly wrapped?: v.GenericSchema };
  return schema.wrapped ?? schema;
}
