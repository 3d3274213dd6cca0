/** Every way in which mail software may write down one and the same message. */
import * as fc from "fast-check";
import {
  attached,
  encodedWords,
  file,
  lines,
  message,
  multipart,
  pieces,
  textEntity,
  toBytes,
  type TextOptions,
} from "./mime.ts";

/** Stands before and after a mark. None ends in letters that would make the mark another one. */
const AROUND = ["", "Fwd: ", "> ", "Grüße ", "東京 ", "=3D ", "a=b& ", "-- \n", "\n\n", " (1) ", "😀"];
const WRAPS = ["mixed", "alternative", "related", "signed", "digest", "inline", "attached"] as const;

type Wrap = (typeof WRAPS)[number];

const cuts = fc.array(fc.nat(200), { maxLength: 4 });

const textOptions: fc.Arbitrary<TextOptions> = fc.record({
  charset: fc.constantFrom("us-ascii", "utf-8", "iso-8859-1", "utf-16le", "utf-16be"),
  transfer: fc.constantFrom("8bit", "quoted-printable", "base64"),
  width: fc.integer({ min: 8, max: 76 }),
  encodedToo: fc.uniqueArray(fc.nat(200), { maxLength: 8 }).map((places) => new Set(places)),
});

/** Where in a message the mark stands, and how it is written there. */
const place = fc.oneof(
  fc.record({
    kind: fc.constantFrom("subject", "header"),
    cuts,
    words: fc.constantFrom(null, "B" as const, "Q" as const),
  }),
  fc.record({ kind: fc.constant("plain" as const), options: textOptions, flowed: fc.boolean() }),
  fc.record({
    kind: fc.constant("html" as const),
    options: textOptions,
    cuts,
    tag: fc.constantFrom("<wbr>", "<b></b>", "<br/>", '<a href="x?a=1">', "\n"),
  }),
);
type Place = typeof place extends fc.Arbitrary<infer P> ? P : never;

export interface Carrier {
  readonly place: Place;
  readonly before: string;
  readonly after: string;
  readonly wraps: readonly Wrap[];
  /** Of the whole message: some hand it on with line feeds alone. */
  readonly lineEnd: "\r\n" | "\n";
}

export const carriers: fc.Arbitrary<Carrier> = fc.record({
  place,
  before: fc.constantFrom(...AROUND),
  after: fc.constantFrom(...AROUND),
  wraps: fc.array(fc.constantFrom(...WRAPS), { maxLength: 5 }),
  lineEnd: fc.constantFrom("\r\n", "\n"),
});

/** The bytes of a message with the whole of `mark` in it. */
export function carry(mark: string, { place, before, after, wraps, lineEnd }: Carrier): Uint8Array {
  const written = write(place, mark, before, after);
  const raw = wraps.reduce(wrap, written);
  return toBytes(message(raw.headers, raw.entity).replaceAll("\r\n", lineEnd));
}

interface Written {
  /** Of the message in which the entity stands. */
  readonly headers: readonly string[];
  readonly entity: string;
}

const FRESH = ["From: Ops <ops@mailbox.example>", "Subject: Fwd: a message", "To: checker@example.com"];

function write(place: Place, mark: string, before: string, after: string): Written {
  if ("words" in place) {
    const name = place.kind === "subject" ? "Subject" : "X-Checker-Loopback";
    const value = headerValue(place, mark, before, after);
    return { headers: [`${name}: ${value}`, "From: ops@mailbox.example"], entity: textEntity("plain", "") };
  }
  if (place.kind === "plain") {
    const text = `${before}${mark}${after}`;
    const entity = textEntity("plain", text, possible(place.options));
    return {
      headers: FRESH,
      entity: place.flowed ? entity.replace("text/plain;", "text/plain; format=flowed;") : entity,
    };
  }
  const html = `<p>${escaped(before)}${pieces(mark, place.cuts).join(place.tag)}${escaped(after)}</p>`;
  return { headers: FRESH, entity: textEntity("html", html, possible(place.options)) };
}

/** In ASCII a header is folded anywhere, as some relays do; else it is in encoded words. */
function headerValue(
  place: Extract<Place, { words: unknown }>,
  mark: string,
  before: string,
  after: string,
): string {
  const text = `${before}${mark}${after}`.replaceAll("\n", " ").trim();
  if (place.words !== null) return encodedWords(text, place.words, place.cuts);
  return pieces(text.replaceAll(/[^\x20-\x7e]/gu, "?"), place.cuts).join("\r\n ");
}

/** UTF-16 has bytes that no line of mail may have. */
function possible(options: TextOptions): TextOptions {
  const wide = options.charset === "utf-16le" || options.charset === "utf-16be";
  return wide && options.transfer === "8bit" ? { ...options, transfer: "base64" } : options;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function wrap({ headers, entity }: Written, how: Wrap): Written {
  const note = textEntity("plain", "see below");
  switch (how) {
    case "mixed":
    case "alternative":
      return { headers, entity: multipart(how, [note, entity]) };
    case "related":
      return { headers, entity: multipart(how, [entity, file("image/png", "image")]) };
    case "signed":
      return { headers, entity: multipart(how, [entity, file("application/pkcs7-signature", "sig")]) };
    case "digest":
      return { headers: FRESH, entity: multipart(how, [lines("", message(headers, entity))]) };
    case "inline":
      return { headers: FRESH, entity: multipart("mixed", [note, attached(message(headers, entity))]) };
    case "attached":
      return {
        headers: FRESH,
        entity: multipart("mixed", [attached(message(headers, entity), 'attachment; filename="a.eml"')]),
      };
  }
}
