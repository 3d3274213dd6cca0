import { withoutDirections } from "../../core/text.ts";

/** Text as it may stand in XML, also between quotation marks. What XML 1.0 forbids is left out, and what could reorder the text next to it; the rest is escaped. */
export function xml(text: string): string {
  return withoutDirections(text)
    .replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
