import { renderToml, type TomlValue } from "./render-toml.ts";
import { scanArray, type Element, type Span } from "./scan-toml.ts";

/** A part of a text, and what comes in its place. */
export interface Patch extends Span {
  readonly text: string;
}

export function patched(text: string, patches: readonly Patch[]): string {
  let result = text;
  for (const { start, end, text: part } of patches.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + part + result.slice(end);
  }
  return result;
}

/**
 * Other elements for an array that spans lines, element by element: what stands around them, such as comments and
 * indentation, stays.
 *
 * @param span of the array in `text`
 * @param before its elements as they are
 */
export function editArray(
  text: string,
  span: Span,
  before: readonly unknown[],
  after: readonly TomlValue[],
  isSame: (a: unknown, b: unknown) => boolean,
): string {
  const elements = scanArray(text, span.start);
  const patches = elements.flatMap((element, index) => {
    const wanted = after[index];
    if (wanted === undefined) return removal(text, element);
    if (isSame(before[index], wanted)) return [];
    return [{ start: element.start, end: element.end, text: renderToml(wanted) }];
  });
  const more = after.slice(elements.length).map(renderToml);
  return patched(text, [...patches, ...(more.length === 0 ? [] : addition(text, span, elements, more))]);
}

/** With its comma, and its line where nothing else stands on that. */
function removal(text: string, { start, end, comma }: Element): Patch[] {
  const own = { start, end, text: "" };
  const patches = comma === null ? [own] : [own, { start: comma, end: comma + 1, text: "" }];
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const lineEnd = lineEndAfter(text, Math.max(end, comma ?? 0));
  const line = [...patches].reduce(
    (rest, patch) =>
      rest.slice(0, patch.start - lineStart) +
      " ".repeat(patch.end - patch.start) +
      rest.slice(patch.end - lineStart),
    text.slice(lineStart, lineEnd),
  );
  return line.trim() === "" ? [{ start: lineStart, end: lineEnd, text: "" }] : patches;
}

/** A line for each, after the line of the last element, whose comment stays beside it. */
function addition(text: string, span: Span, elements: readonly Element[], more: readonly string[]): Patch[] {
  const last = elements.at(-1);
  const close = span.end - 1;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const indent =
    /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", (last?.start ?? close) - 1) + 1))?.[0] ?? "";
  const behind = last === undefined ? span.start + 1 : (last.comma ?? last.end - 1) + 1;
  const lineEnd = lineEndAfter(text, behind);
  if (lineEnd > close) {
    // The array ends on that line.
    const lead = last === undefined ? "" : last.comma === null ? ", " : " ";
    const at = last === undefined ? close : behind;
    return [{ start: at, end: at, text: `${lead}${more.join(", ")}` }];
  }
  const comma = last?.comma === null ? [{ start: last.end, end: last.end, text: "," }] : [];
  const step = last === undefined ? `${indent}  ` : indent;
  const lines = more.map((one) => `${step}${one},${newline}`).join("");
  return [...comma, { start: lineEnd, end: lineEnd, text: lines }];
}

/** Where the next line begins. */
function lineEndAfter(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}
