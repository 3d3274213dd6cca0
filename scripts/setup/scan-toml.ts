/**
 * Where things stand in a TOML document, for editing it in place. Knows just as much of the grammar as it takes to
 * find keys and ends of values; what is no TOML is a parser's to tell.
 *
 * @see https://toml.io/en/v1.1.0
 */
import { parse } from "smol-toml";

/** Part of a text, the end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `key = value`, in a table, an inline table or before the first table. From the key to the value's end. */
export interface Entry extends Span {
  /** With its table's: `["vars", "SERVER_NAME"]`. */
  readonly path: readonly string[];
  readonly value: Span;
  readonly isInline: boolean;
}

/** `[vars]`, or `[[peers]]`. */
export interface Header extends Span {
  readonly path: readonly string[];
  readonly isList: boolean;
}

export interface ScannedToml {
  readonly entries: readonly Entry[];
  readonly headers: readonly Header[];
}

/** An element of an array, and the comma after it. */
export interface Element extends Span {
  /** Null after the last where there is none. */
  readonly comma: number | null;
}

/** The document is not as this scanner knows TOML. Nothing was edited. */
export class ScanFailure extends Error {
  override readonly name = "ScanFailure";
  readonly code = "TOML_NOT_SCANNED";
}

/** @throws ScanFailure */
export function scanToml(text: string): ScannedToml {
  const scanner = new Scanner(text, text.startsWith("\uFEFF") ? 1 : 0);
  scanner.document();
  return scanner;
}

/**
 * @param at where the array begins
 * @throws ScanFailure
 */
export function scanArray(text: string, at: number): readonly Element[] {
  return new Scanner(text, at).array();
}

class Scanner implements ScannedToml {
  readonly entries: Entry[] = [];
  readonly headers: Header[] = [];
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  document(): void {
    let table: readonly string[] = [];
    for (this.#skipVoid(); this.#at < this.#text.length; this.#skipVoid()) {
      if (this.#text[this.#at] === "[") table = this.#header();
      else this.#entry(table, false);
    }
  }

  array(): Element[] {
    this.#take("[");
    const elements: Element[] = [];
    for (this.#skipVoid(); !this.#takes("]"); this.#skipVoid()) {
      const start = this.#at;
      this.#value(null);
      const end = this.#at;
      this.#skipVoid();
      const comma = this.#text[this.#at] === "," ? this.#at++ : null;
      elements.push({ start, end, comma });
    }
    return elements;
  }

  #header(): readonly string[] {
    const start = this.#at;
    const isList = this.#text.startsWith("[[", start);
    this.#at += isList ? 2 : 1;
    const path = this.#key();
    this.#take(isList ? "]]" : "]");
    this.headers.push({ path, isList, start, end: this.#at });
    return path;
  }

  #entry(table: readonly string[], isInline: boolean): void {
    const start = this.#at;
    const path = [...table, ...this.#key()];
    this.#take("=");
    this.#skipBlanks();
    const from = this.#at;
    this.#value(path);
    const value = { start: from, end: this.#at };
    this.entries.push({ path, value, isInline, start, end: this.#at });
  }

  /** Bare, quoted or dotted. */
  #key(): string[] {
    const parts: string[] = [];
    do {
      this.#skipBlanks();
      const start = this.#at;
      const bare = /[\w-]+/y;
      bare.lastIndex = start;
      if (bare.test(this.#text)) this.#at = bare.lastIndex;
      else this.#string();
      const written = this.#text.slice(start, this.#at);
      parts.push(/^["']/.test(written) ? unquoted(written) : written);
      this.#skipBlanks();
    } while (this.#takes("."));
    return parts;
  }

  /** @param path of what an inline table holds; null where that is in an array, and has none */
  #value(path: readonly string[] | null): void {
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#string();
    else if (first === "[") this.array();
    else if (first === "{") this.#inlineTable(path);
    else {
      const scalar = /[^,\]}#\r\n]+/y;
      scalar.lastIndex = this.#at;
      const [written = ""] = scalar.exec(this.#text) ?? [];
      if (written.trim() === "") this.#fail();
      this.#at += written.trimEnd().length;
    }
  }

  #inlineTable(path: readonly string[] | null): void {
    this.#take("{");
    for (this.#skipVoid(); !this.#takes("}"); this.#skipVoid()) {
      const known = this.entries.length;
      this.#entry(path ?? [], true);
      if (path === null) this.entries.length = known;
      this.#skipVoid();
      this.#takes(",");
    }
  }

  #string(): void {
    const mark = this.#text[this.#at] ?? "";
    if (mark !== '"' && mark !== "'") this.#fail();
    const quotes = this.#text.startsWith(mark.repeat(3), this.#at) ? mark.repeat(3) : mark;
    let end = this.#at + quotes.length;
    while (!this.#text.startsWith(quotes, end)) {
      if (end >= this.#text.length) this.#fail();
      end += mark === '"' && this.#text[end] === "\\" ? 2 : 1;
    }
    end += quotes.length;
    // Of up to five quotation marks the last three end it.
    for (let more = 0; quotes.length === 3 && more < 2 && this.#text[end] === mark; more++) end++;
    this.#at = end;
  }

  #skipBlanks(): void {
    while (this.#text[this.#at] === " " || this.#text[this.#at] === "\t") this.#at++;
  }

  /** Blanks, line ends and comments. */
  #skipVoid(): void {
    const empty = /(?:[ \t\r\n]|#[^\n]*)*/y;
    empty.lastIndex = this.#at;
    empty.test(this.#text);
    this.#at = empty.lastIndex;
  }

  #takes(wanted: string): boolean {
    if (!this.#text.startsWith(wanted, this.#at)) return false;
    this.#at += wanted.length;
    return true;
  }

  #take(wanted: string): void {
    this.#skipBlanks();
    if (!this.#takes(wanted)) this.#fail();
  }

  #fail(): never {
    const line = this.#text.slice(0, this.#at).split("\n").length;
    throw new ScanFailure(`line ${line} is not understood`);
  }
}

function unquoted(written: string): string {
  const { key } = parse(`key = ${written}`);
  return typeof key === "string" ? key : written;
}
