/** Databases that fail, or answer what no database of ours would. */
import * as fc from "fast-check";

/** Stands in every text of every row: nobody without the token may see it. */
export const PRIVATE = "PRIVATE-of-the-owner";

/** How a database behaves in one request. */
export type HostileD1 =
  | { readonly kind: "throws" | "rejects"; readonly thrown: Error }
  /** Gives the results of a batch in their order; whatever it is. */
  | { readonly kind: "answers"; readonly results: unknown };

const nonsense = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(PRIVATE, -1, 1.5, 1e300, "", "5", null, undefined, [], {}),
);

/** Errors alone: D1 throws nothing else. */
const thrown = fc
  .oneof(
    // None that passes: the store would ask again, after a pause.
    fc.constantFrom(`D1_ERROR: no such table: tick ${PRIVATE}`, "D1_ERROR: not authorized", "a\r\nb", ""),
    fc.string({ unit: "binary" }),
  )
  .map((message) => new Error(message));

/** A row with these columns, each of which may hold anything. */
export function rows(columns: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const row = fc.record(
    Object.fromEntries(
      Object.entries(columns).map(([name, usual]) => [
        name,
        fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: nonsense }),
      ]),
    ),
  );
  return fc.oneof(
    { weight: 9, arbitrary: fc.array(row, { minLength: 1, maxLength: 3 }) },
    { weight: 1, arbitrary: fc.oneof(fc.constant([]), fc.array(nonsense, { maxLength: 3 }), nonsense) },
  );
}

/** @param usual rows of each statement of a batch */
export function databases(usual: readonly fc.Arbitrary<unknown>[]): fc.Arbitrary<HostileD1> {
  const results = fc
    .tuple(...usual)
    .map((all) => all.map((each) => ({ success: true, meta: {}, results: each })));
  return fc.oneof(
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom("throws" as const, "rejects" as const), thrown }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant("answers" as const),
        results: fc.oneof({ weight: 12, arbitrary: results }, { weight: 1, arbitrary: nonsense }),
      }),
    },
  );
}

/** As far as requests use it. A statement of its own gets the first result of a batch. */
export function databaseOf(behaviour: HostileD1): D1Database {
  const answer = (): unknown => {
    if (behaviour.kind === "answers") return behaviour.results;
    throw behaviour.thrown;
  };
  const first = (): unknown => {
    const results = answer();
    return Array.isArray(results) ? (results[0] as unknown) : results;
  };
  const statement = { bind: () => statement, all: async () => first() };
  return {
    prepare() {
      if (behaviour.kind === "throws") answer();
      return statement;
    },
    // Rejects where `answer` throws.
    async batch() {
      return answer();
    },
  } as unknown as D1Database;
}
