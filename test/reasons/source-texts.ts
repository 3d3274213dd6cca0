/** Texts as they stand in source: a simple reading, for files as this project formats them. */

/** A text's fixed parts, in order; between them stands what only a run knows. */
export type FixedParts = readonly string[];

/**
 * Every text in `source`: strings, templates, those within templates, and what `+` joins. Comments,
 * imports and regular expressions are passed over.
 */
export function textsIn(source: string): FixedParts[] {
  const found: FixedParts[] = [];
  collect(withoutComments(source), found);
  return found;
}

/** Matches one line in which the parts stand one after another, at whole words. */
export function lineWith(parts: FixedParts): RegExp {
  const escaped = parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  // A line of a test may write a quotation mark with a backslash before it.
  const pattern = escaped.map((part) => part.replaceAll('"', '\\\\?"')).join(".*");
  const [first = ""] = parts;
  const start = /^\w/.test(first) ? "(?<!\\w)" : "";
  // A text that goes on after a comma is another one, unless it is a piece of one itself.
  const piece = /^[ ,;]/.test(first) || parts.at(-1) === "" || /\W$/.test(parts.at(-1) ?? "");
  const end = piece ? "" : "(?=[\"'`$;\\\\.\\]]| \\(|$)";
  return new RegExp(`${start}${pattern}${end}`);
}

function withoutComments(source: string): string {
  return source
    .replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, "")
    .replaceAll(/^\s*\/\/.*$/gm, "")
    .replaceAll(/^import [\s\S]*?;$/gm, "")
    .replaceAll(/(?<=[(=,:]\s*)\/(?:[^/\\\n]|\\.)+\/[gimsuy]*/g, "");
}

function collect(code: string, found: FixedParts[]): void {
  let joined: string[] | null = null;
  let endedAt = 0;
  for (let at = 0; at < code.length; at++) {
    const mark = code[at];
    if (mark !== '"' && mark !== "`") continue;
    const { parts, inner, end } = mark === '"' ? stringAt(code, at) : templateAt(code, at);
    for (const expression of inner) collect(expression, found);
    if (joined !== null && /^\s*\+\s*$/.test(code.slice(endedAt, at))) {
      joined.push(`${joined.pop() ?? ""}${parts[0] ?? ""}`, ...parts.slice(1));
    } else {
      joined = [...parts];
      found.push(joined);
    }
    at = end;
    endedAt = end + 1;
  }
}

interface Literal {
  readonly parts: readonly string[];
  /** Code within a template. */
  readonly inner: readonly string[];
  /** Where its last mark stands. */
  readonly end: number;
}

function stringAt(code: string, from: number): Literal {
  let end = from + 1;
  while (end < code.length && code[end] !== '"') end += code[end] === "\\" ? 2 : 1;
  return { parts: [code.slice(from + 1, end).replaceAll("\\", "")], inner: [], end };
}

function templateAt(code: string, from: number): Literal {
  const parts: string[] = [];
  const inner: string[] = [];
  let start = from + 1;
  let at = start;
  while (at < code.length && code[at] !== "`") {
    if (code.startsWith("${", at)) {
      parts.push(code.slice(start, at));
      const close = expressionEnd(code, at + 2);
      inner.push(code.slice(at + 2, close));
      start = at = close + 1;
    } else at += code[at] === "\\" ? 2 : 1;
  }
  parts.push(code.slice(start, at));
  return { parts, inner, end: at };
}

function expressionEnd(code: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < code.length && (depth > 0 || code[at] !== "}")) {
    if (code[at] === "{") depth += 1;
    else if (code[at] === "}") depth -= 1;
    else if (code[at] === '"') at = stringAt(code, at).end;
    else if (code[at] === "`") at = templateAt(code, at).end;
    at += 1;
  }
  return at;
}
