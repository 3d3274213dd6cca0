/** Builds raw mail. An entity is a part with its own headers, a message is an entity with a message's headers. */
import { fromLatin1, toLatin1 } from "./bytes.ts";

const encoder = new TextEncoder();

export type Charset = "us-ascii" | "utf-8" | "iso-8859-1" | "utf-16le" | "utf-16be";
export type Transfer = "8bit" | "quoted-printable" | "base64";

export interface TextOptions {
  readonly charset?: Charset;
  readonly transfer?: Transfer;
  /** Longest encoded line; base64 takes whole groups of four. */
  readonly width?: number;
  /** Places of bytes that quoted-printable encodes though it need not. */
  readonly encodedToo?: ReadonlySet<number>;
}

export function lines(...all: readonly string[]): string {
  return all.join("\r\n");
}

/** A text in any charset and encoding. What the charset lacks becomes a question mark. */
export function textEntity(type: "plain" | "html", text: string, options: TextOptions = {}): string {
  const { charset = "utf-8", transfer = "quoted-printable" } = options;
  const bytes = encodeText(text.replaceAll(/\r?\n/g, "\r\n"), charset);
  return lines(
    `Content-Type: text/${type}; charset=${charset}`,
    `Content-Transfer-Encoding: ${transfer}`,
    "",
    encodeBody(bytes, transfer, options),
  );
}

export function multipart(subtype: string, parts: readonly string[], parameters = ""): string {
  // No inner boundary is as long as an outer one, so none is another's.
  const boundary = `=_${subtype}_${parts.join("").length.toString(36)}`;
  const body = parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("");
  return lines(
    `Content-Type: multipart/${subtype}; boundary="${boundary}"${parameters}`,
    "",
    `${body}--${boundary}--`,
    "",
  );
}

export function message(headers: readonly string[], entity: string): string {
  return lines(...headers, "MIME-Version: 1.0", entity);
}

/** A whole message as a part of another. */
export function attached(raw: string, disposition = ""): string {
  const headers = disposition === "" ? [] : [`Content-Disposition: ${disposition}`];
  return lines("Content-Type: message/rfc822", ...headers, "", raw);
}

export function file(type: string, content: string): string {
  return lines(
    `Content-Type: ${type}`,
    "Content-Transfer-Encoding: base64",
    "",
    base64Lines(encoder.encode(content), 76),
  );
}

/** `text` as encoded words (RFC 2047), cut at these places, one word a line. */
export function encodedWords(text: string, encoding: "B" | "Q", cuts: readonly number[]): string {
  return pieces(text, cuts)
    .map((piece) => {
      const bytes = encoder.encode(piece);
      const word = encoding === "B" ? base64(bytes) : qWord(bytes);
      return `=?UTF-8?${encoding}?${word}?=`;
    })
    .join("\r\n ");
}

/** `text` cut at these places; never into nothing, nor within a character. */
export function pieces(text: string, cuts: readonly number[]): string[] {
  const characters = Array.from(text);
  const places = [...new Set(cuts.map((cut) => 1 + (cut % Math.max(1, characters.length - 1))))];
  const edges = [0, ...places.toSorted((a, b) => a - b), characters.length];
  return edges
    .slice(1)
    .map((end, i) => characters.slice(edges[i], end).join(""))
    .filter((piece) => piece !== "");
}

export function base64Lines(bytes: Uint8Array, width: number): string {
  return base64(bytes).replaceAll(new RegExp(`.{${width - (width % 4)}}(?=.)`, "g"), "$&\r\n");
}

function encodeText(text: string, charset: Charset): Uint8Array {
  if (charset === "utf-8") return encoder.encode(text);
  const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  if (charset === "utf-16le") return Uint8Array.from(units.flatMap((unit) => [unit & 255, unit >> 8]));
  if (charset === "utf-16be") return Uint8Array.from(units.flatMap((unit) => [unit >> 8, unit & 255]));
  const last = charset === "us-ascii" ? 0x7f : 0xff;
  return Uint8Array.from(units.map((unit) => (unit > last ? 0x3f : unit)));
}

/** As binary text for 8bit: the raw message is made of bytes at the end (`toBytes`). */
function encodeBody(bytes: Uint8Array, transfer: Transfer, { width = 76, encodedToo }: TextOptions): string {
  if (transfer === "base64") return base64Lines(bytes, Math.max(4, width));
  if (transfer === "quoted-printable") return quotedPrintable(bytes, Math.max(4, width), encodedToo);
  return toLatin1(bytes);
}

function quotedPrintable(
  bytes: Uint8Array,
  width: number,
  encodedToo: ReadonlySet<number> = new Set(),
): string {
  let text = "";
  let column = 0;
  for (const [i, byte] of bytes.entries()) {
    const literal = byte >= 0x20 && byte < 0x7f && byte !== 0x3d && !encodedToo.has(i);
    const unit = literal ? String.fromCharCode(byte) : hexUnit(byte);
    const isLineEnd = byte === 0x0d && bytes[i + 1] === 0x0a;
    if (isLineEnd || (byte === 0x0a && bytes[i - 1] === 0x0d)) {
      text += String.fromCharCode(byte);
      column = 0;
      continue;
    }
    if (column + unit.length >= width) {
      text += "=\r\n";
      column = 0;
    }
    text += unit;
    column += unit.length;
  }
  // RFC 2045 section 6.7: no white space at the end of a line.
  return text.replaceAll(/[\t ](?=\r\n|$)/g, (space) => hexUnit(space.charCodeAt(0)));
}

function qWord(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    /[A-Za-z0-9-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : hexUnit(byte),
  ).join("");
}

function hexUnit(byte: number): string {
  return `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

function base64(bytes: Uint8Array): string {
  return btoa(toLatin1(bytes));
}

/** The bytes of a raw message: one for each character, so everything beyond 255 must be encoded before. */
export const toBytes = fromLatin1;
