import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { editArray, patched } from "./edit-array.ts";
import { renderKey, renderToml, type TomlValue } from "./render-toml.ts";
import { scanToml, ScanFailure, type Entry, type ScannedToml } from "./scan-toml.ts";

/** Another value for a key. */
export interface Edit {
  /** Null for a key before the first table. */
  readonly table: string | null;
  readonly name: string;
  /** Undefined removes the key. */
  readonly value: TomlValue | undefined;
}

/** The document was not edited, and why: a text with the remedy. */
export class EditFailure extends Error {
  override readonly name = "EditFailure";
  readonly code = "TOML_NOT_EDITED";
}

/**
 * Changes values in a TOML document and nothing else: comments, order, blanks and line ends stay. What comes out is
 * parsed again, and is what was asked for.
 *
 * @param text which is TOML
 * @throws EditFailure where it stands in a way that is not edited here
 */
export function editToml(text: string, edits: readonly Edit[]): string {
  let edited = text;
  try {
    for (const edit of edits) edited = editOne(edited, edit);
  } catch (error) {
    if (error instanceof ScanFailure) throw new EditFailure(`${error.message}. ${BY_HAND}`, { cause: error });
    throw error;
  }
  if (!isSame(parseAgain(edited), expected(parse(text), edits))) {
    throw new EditFailure(`it would not say what it should after the change. ${BY_HAND}`);
  }
  return edited;
}

const BY_HAND = "Hint: edit the file by hand; npm run check says what is wrong with it";

function parseAgain(text: string): unknown {
  try {
    return parse(text);
  } catch (error) {
    throw new EditFailure(`it would be no TOML after the change. ${BY_HAND}`, { cause: error });
  }
}

type Table = Readonly<Record<string, unknown>>;

function expected(before: Table, edits: readonly Edit[]): Table {
  let result = before;
  for (const { table, name, value } of edits) {
    if (table === null) result = withKey(result, name, value);
    else if (value !== undefined || tableOf(result, table)[name] !== undefined) {
      result = { ...result, [table]: withKey(tableOf(result, table), name, value) };
    }
  }
  return result;
}

function withKey(table: Table, name: string, value: unknown): Table {
  const rest = Object.entries(table).filter(([key]) => key !== name);
  return Object.fromEntries(value === undefined ? rest : [...rest, [name, value]]);
}

function tableOf(document: Table, name: string): Table {
  const table = document[name];
  return typeof table === "object" && table !== null ? (table as Table) : {};
}

/** The parser's tables have no prototype. */
function isSame(a: unknown, b: unknown): boolean {
  return isDeepStrictEqual(structuredClone(a), structuredClone(b));
}

function editOne(text: string, { table, name, value }: Edit): string {
  const document = parse(text);
  const before = (table === null ? document : tableOf(document, table))[name];
  if (isSame(before, value)) return text;
  const scanned = scanToml(text);
  const path = table === null ? [name] : [table, name];
  const entry = scanned.entries.find((one) => isDeepStrictEqual(one.path, path));
  if (entry === undefined) {
    if (before === undefined && value !== undefined)
      return insert(text, scanned, table, name, renderToml(value));
    throw new EditFailure(
      `${name} is written as a table of its own. Hint: write it on one line, ${name} = …, and try again`,
    );
  }
  if (value === undefined) return remove(text, entry);
  const { start, end } = entry.value;
  if (isList(before) && isList(value) && /[\n#]/.test(text.slice(start, end))) {
    return editArray(text, entry.value, before, value, isSame);
  }
  return patched(text, [{ start, end, text: renderToml(value) }]);
}

function isList(value: unknown): value is readonly TomlValue[] {
  return Array.isArray(value);
}

/** The line, or as much of it as is not a comment. */
function remove(text: string, { start, value, isInline }: Entry): string {
  if (isInline) throw new EditFailure(`its table is written on one line. ${BY_HAND}`);
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  const [rest = ""] = /^[^\n]*\n?/.exec(text.slice(value.end)) ?? [];
  const isAll = text.slice(lineStart, start).trim() === "" && rest.trim() === "";
  if (isAll) return text.slice(0, lineStart) + text.slice(value.end + rest.length);
  return text.slice(0, start) + text.slice(value.end + rest.length - rest.trimStart().length);
}

/** A key that is not there yet. */
function insert(
  text: string,
  scanned: ScannedToml,
  table: string | null,
  name: string,
  value: string,
): string {
  const line = `${renderKey(name)} = ${value}`;
  if (table === null) {
    const end = scanned.headers[0]?.start ?? text.length;
    const last = scanned.entries.findLast((entry) => !entry.isInline && entry.start < end);
    if (last !== undefined) return insertLine(text, last.end, indentOf(text, last), line);
    const start = text.startsWith("\uFEFF") ? 1 : 0;
    return `${text.slice(0, start)}${line}${newlineOf(text)}${text.slice(start)}`;
  }
  const header = scanned.headers.find(({ path, isList }) => !isList && isDeepStrictEqual(path, [table]));
  if (header === undefined) return insertWithoutHeader(text, scanned, table, line);
  const end = scanned.headers.find(({ start }) => start > header.start)?.start ?? text.length;
  const own = scanned.entries.filter(
    (entry) => !entry.isInline && entry.start > header.start && entry.start < end,
  );
  const example = findExample(text, header.end, end, own, name);
  if (example !== null) return insertLine(text, example, "", line);
  const last = own.at(-1);
  return last === undefined
    ? insertLine(text, header.end, "", line)
    : insertLine(text, last.end, indentOf(text, last), line);
}

function insertWithoutHeader(text: string, { entries }: ScannedToml, table: string, line: string): string {
  const inline = entries.find(({ path }) => isDeepStrictEqual(path, [table]));
  if (inline !== undefined) {
    const inside = entries.filter(({ path, isInline }) => isInline && path[0] === table);
    const last = inside
      .filter(({ start }) => start > inline.value.start)
      .toSorted((a, b) => a.end - b.end)
      .at(-1);
    const at = last?.end ?? inline.value.start + 1;
    const part = last === undefined ? ` ${line} ` : `, ${line}`;
    return `${text.slice(0, at)}${part}${text.slice(at)}`;
  }
  const dotted = entries.findLast(({ path, isInline }) => !isInline && path.length > 1 && path[0] === table);
  if (dotted !== undefined && text.slice(dotted.start).startsWith(table)) {
    return insertLine(text, dotted.end, indentOf(text, dotted), `${renderKey(table)}.${line}`);
  }
  const newline = newlineOf(text);
  const ended = text === "" || text.endsWith("\n") ? text : `${text}${newline}`;
  return `${ended}${newline}[${renderKey(table)}]${newline}${line}${newline}`;
}

/** Where `# NAME = …` stands, in a comment that shows how it is written. */
function findExample(
  text: string,
  start: number,
  end: number,
  entries: readonly Entry[],
  name: string,
): number | null {
  const examples = text.matchAll(/^[ \t]*#[ \t]*([\w-]+)[ \t]*=/gm);
  for (const { index, 1: shown } of examples) {
    // In a text or a list of several lines it is none.
    const isComment = !entries.some((entry) => entry.start <= index && index < entry.end);
    if (shown === name && index >= start && index < end && isComment) return index;
  }
  return null;
}

/** After the line in which `at` is. */
function insertLine(text: string, at: number, indent: string, line: string): string {
  const newline = newlineOf(text);
  const end = text.indexOf("\n", at);
  if (end < 0) return `${text}${newline}${indent}${line}`;
  return `${text.slice(0, end + 1)}${indent}${line}${newline}${text.slice(end + 1)}`;
}

function indentOf(text: string, { start }: Entry): string {
  const lineStart = text.lastIndexOf("\n", start - 1) + 1;
  return /^[ \t]*/.exec(text.slice(lineStart, start))?.[0] ?? "";
}

function newlineOf(text: string): string {
  return text.includes("\r\n") ? "\r\n" : "\n";
}
