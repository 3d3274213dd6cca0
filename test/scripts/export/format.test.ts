import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatLine, headOf, type Cell } from "../../../scripts/export/format.ts";
import { fuzz } from "../../support/fuzz/runs.ts";

const csv = (cells: readonly Cell[], raw = false): string => formatLine(["a", "b"], cells, "csv", raw);

describe("a line of CSV", () => {
  test("ends as RFC 4180 says, and has an empty cell where there is no value", () => {
    expect(csv(["web", null, 0, 41])).toBe("web,,0,41\r\n");
  });

  test("quotes cells with a comma, a quote or an end of line, and doubles their quotes", () => {
    expect(csv(['File["https://a.example/"]', "a,b", "a\nb", "a\rb", "plain text"])).toBe(
      '"File[""https://a.example/""]","a,b","a\nb","a\rb",plain text\r\n',
    );
  });

  test("puts a ' before what a spreadsheet would run", () => {
    expect(csv(["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x","y")'])).toBe(
      `'=1+2,'+1,'-1,'@SUM(A1),'\t=1,"'\r=1","'=HYPERLINK(""x"",""y"")"\r\n`,
    );
  });

  test("leaves texts alone that hold such a sign later, and numbers", () => {
    expect(csv(["a=1", " =1", -1])).toBe("a=1, =1,-1\r\n");
  });

  test("leaves everything as it is when raw is wanted", () => {
    expect(csv(["=1+2", '-"x"'], true)).toBe('=1+2,"-""x"""\r\n');
  });

  test("reads back as it was, whatever the texts", async () => {
    const cell = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.string({ unit: fc.constantFrom('"', ",", "\r", "\n", "=", "'", "x") }),
    );
    await fuzz(
      500,
      fc.property(fc.array(fc.array(cell, { minLength: 2, maxLength: 4 })), (records) => {
        expect(parseCsv(records.map((cells) => csv(cells, true)).join(""))).toEqual(records);
      }),
    );
  });

  test("never begins a text with a sign of a formula", async () => {
    const cell = fc.string({ unit: fc.constantFrom("=", "+", "-", "@", "\t", "\r", '"', ",", "a") });
    await fuzz(
      500,
      fc.property(cell, (text) => {
        expect(parseCsv(csv([text, "b"]))[0]?.[0]).not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });
});

describe("a line of NDJSON", () => {
  test("is one object with a value for each column", () => {
    const text = formatLine(["job", "latency_ms", "ended"], ['=a"\n', 3], "ndjson", false);
    expect(text).toBe('{"job":"=a\\"\\n","latency_ms":3,"ended":null}\n');
  });
});

test("only CSV has a line of names before all others", () => {
  expect(headOf(["job", "latency_ms"], "csv")).toBe("job,latency_ms\r\n");
  expect(headOf(["job", "latency_ms"], "ndjson")).toBe("");
});

/** The grammar of RFC 4180 by itself. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [];
  let [cells, at]: [string[], number] = [[], 0];
  while (at < text.length) {
    const quoted = /^"((?:[^"]|"")*)"/.exec(text.slice(at));
    const whole = quoted ?? /^([^",\r\n]*)/.exec(text.slice(at));
    cells.push((whole?.[1] ?? "").replaceAll('""', '"'));
    at += whole?.[0].length ?? 0;
    if (text[at] === ",") at += 1;
    else {
      if (!text.startsWith("\r\n", at)) throw new Error(`no end of line at ${at} of ${JSON.stringify(text)}`);
      at += 2;
      records.push(cells);
      cells = [];
    }
  }
  return records;
}
