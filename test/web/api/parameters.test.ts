import { describe, expect, test } from "vitest";
import { writeCursor } from "../../../src/web/api/cursor.ts";
import {
  IncidentsQuery,
  JobsQuery,
  NoQuery,
  parseQuery,
  RecordsQuery,
  SeriesQuery,
  type QuerySchema,
} from "../../../src/web/api/parameters.ts";
import { parameterProblem } from "../../../src/web/api/problem.ts";

function parse(schema: QuerySchema, query: string): unknown {
  const parsed = parseQuery(schema, new URLSearchParams(query));
  return parsed.ok ? parsed.query : parameterProblem(parsed.problems).detail;
}

describe("a query is read:", () => {
  test.each<[string, QuerySchema, object]>([
    ["", JobsQuery, { limit: 100 }],
    [
      "status=down,new&group=A%20%26%20B&frequency=HOUR&limit=1000",
      JobsQuery,
      { status: ["down", "new"], group: "A & B", frequency: "HOUR", limit: 1000 },
    ],
    ["", SeriesQuery, { range: "24h" }],
    ["range=1y", SeriesQuery, { range: "1y" }],
    ["job=0123456789abcd", IncidentsQuery, { job: "0123456789abcd", limit: 50 }],
    ["limit=1", RecordsQuery, { limit: 1 }],
    ["", NoQuery, {}],
  ])("%s", (query, schema, value) => {
    expect(parse(schema, query)).toEqual(value);
  });

  test.each(['東京 "x"', "", "a\n\u0000", "e\u0301😀", "+/=?&"])(
    "a cursor with any text in it: %j",
    (text) => {
      const cursor = writeCursor([text, "id"]);
      expect(cursor).toMatch(/^[\w-]+$/);
      expect(parse(JobsQuery, `cursor=${cursor}`)).toEqual({ limit: 100, cursor: [text, "id"] });
    },
  );
});

describe("what is wrong with a query is told with its value, its place and its remedy:", () => {
  const CURSOR = "Take `nextCursor` of the page before; leave it out for the first.";
  const LIMIT = "How many a page has, a whole number from 1 to 1000; 100 unless given.";

  test.each<[string, QuerySchema, string]>([
    ["limit=0", JobsQuery, `limit=0 in the query is less than 1. ${LIMIT}`],
    ["limit=1001", JobsQuery, `limit=1001 in the query is more than 1000. ${LIMIT}`],
    ["limit=", JobsQuery, `limit= in the query is no whole number. ${LIMIT}`],
    ["limit=1e2", JobsQuery, `limit=1e2 in the query is no whole number. ${LIMIT}`],
    [
      "limit=201",
      IncidentsQuery,
      "limit=201 in the query is more than 200. How many a page has, a whole number from 1 to 200; 50 unless given.",
    ],
    [
      "status=up,broken",
      JobsQuery,
      "status=up,broken in the query is no status. Only these: `up`, `down`, `inconclusive`, `maintenance`, `new`, with commas between them.",
    ],
    [
      "frequency=minute",
      JobsQuery,
      "frequency=minute in the query is no frequency. Only jobs that run so often: `MINUTE`, `HOUR`, `DAY` or `DAY_NOON`.",
    ],
    [
      "range=2d",
      SeriesQuery,
      "range=2d in the query is no range. How far back: `24h`, `7d`, `30d`, `90d` or `1y`; `24h` unless given.",
    ],
    [
      "job=Shop",
      IncidentsQuery,
      "job=Shop in the query is no job's id. Only those of this job, by its id: 14 small letters and digits.",
    ],
    ["cursor=%25", JobsQuery, `cursor=% in the query was not given by this list. ${CURSOR}`],
    ["cursor=abc", JobsQuery, `cursor=abc in the query was not given by this list. ${CURSOR}`],
    [
      `cursor=${writeCursor([5])}`,
      JobsQuery,
      `cursor=${writeCursor([5])} in the query was not given by this list. ${CURSOR}`,
    ],
    [
      `cursor=${writeCursor([0])}`,
      RecordsQuery,
      `cursor=${writeCursor([0])} in the query was not given by this list. ${CURSOR}`,
    ],
    [
      "limt=5",
      JobsQuery,
      "limt=5 in the query is no parameter of this address. There are: status, group, frequency, limit, cursor.",
    ],
    ["x=1", NoQuery, "x=1 in the query is no parameter of this address. Leave it out; there is none."],
    [
      "__proto__=1",
      NoQuery,
      "__proto__=1 in the query is no parameter of this address. Leave it out; there is none.",
    ],
    ["limit=5&limit=6", JobsQuery, "limit=5 in the query stands there more than once. Give it once."],
    [
      "limit=x&status=y",
      JobsQuery,
      `status=y in the query is no status. Only these: \`up\`, \`down\`, \`inconclusive\`, \`maintenance\`, \`new\`, with commas between them. limit=x in the query is no whole number. ${LIMIT}`,
    ],
  ])("%s", (query, schema, detail) => {
    expect(parse(schema, query)).toBe(detail);
  });

  test("as one line, and not at any length", () => {
    const detail = parse(NoQuery, `${"n".repeat(9_000)}=${"v%0d%0a".repeat(9_000)}`);
    expect(detail).toMatch(/^n{79}…=v v v [^\n\r]{60,80}… in the query is no parameter/);
  });
});
