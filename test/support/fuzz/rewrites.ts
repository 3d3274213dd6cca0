/** What happens to a report on its way and leaves it a report. Raw messages have one character for each byte. */
import * as fc from "fast-check";
import { attached, lines, message, multipart, textEntity } from "./mime.ts";

export type Rewrite =
  | { readonly kind: "other case" | "folded" | "commented" | "stamped" | "line feeds" }
  | { readonly kind: "passed on"; readonly how: "inline" | "attachment" | "digest" | "" };

export const rewrites: fc.Arbitrary<readonly Rewrite[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom(
        "other case" as const,
        "folded" as const,
        "commented" as const,
        "stamped" as const,
        "line feeds" as const,
      ),
    }),
    fc.record({
      kind: fc.constant("passed on" as const),
      how: fc.constantFrom("" as const, "inline" as const, "attachment" as const, "digest" as const),
    }),
  ),
  { maxLength: 8 },
);

export function rewrite(raw: string, how: Rewrite): string {
  switch (how.kind) {
    case "other case":
      return raw.replaceAll(/^(Content-Type|X-Failed-Recipients|Auto-Submitted|From): [\w/-]+/gm, (start) =>
        start === start.toUpperCase() ? start.toLowerCase() : start.toUpperCase(),
      );
    case "folded":
      return raw.replaceAll(/^(Content-Type|Auto-Submitted|From): /gim, "$1:\r\n ");
    case "commented":
      return raw.replaceAll(/^Content-Type:\s+(?=multipart|message)/gim, "Content-Type: (made by hand) ");
    case "stamped":
      return lines("Received: from a by b; Tue, 24 Nov 2026 00:00:00 +0000", "X-Spam-Status: No", raw);
    case "line feeds":
      return raw.replaceAll("\r\n", "\n");
    case "passed on":
      return passedOn(raw, how.how);
  }
}

/** A report that ends early, but after all that makes it one: its head, and what it says of the delivery. */
export function cutShort(raw: string, after: number): string {
  const marks = Math.max(raw.indexOf("\r\n\r\n"), raw.lastIndexOf("Diagnostic-Code:"));
  return raw.slice(0, raw.indexOf("\n", marks + 2) + 1 + after);
}

function passedOn(raw: string, how: "inline" | "attachment" | "digest" | ""): string {
  const headers = ["From: Ops <ops@mailbox.example>", "Subject: Fwd: what is this?"];
  const note = textEntity("plain", "what is this?");
  return how === "digest"
    ? message(headers, multipart("digest", [lines("", raw)]))
    : message(headers, multipart("mixed", [note, attached(raw, how)]));
}
