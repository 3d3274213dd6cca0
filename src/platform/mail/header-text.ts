/** Longest encoded word (RFC 2047 section 2), less room for the header's name before the first. */
const MAX_WORD = 75 - "Subject: ".length;
const PREFIX = "=?UTF-8?B?";
const SUFFIX = "?=";
/** Bytes of text that fit into one encoded word as base64. */
const MAX_BYTES = Math.floor((MAX_WORD - PREFIX.length - SUFFIX.length) / 4) * 3;

/**
 * A header's text as RFC 2047 wants it: ASCII as it stands, all else in encoded words of at most 75
 * characters that each hold whole characters, on lines of their own. mimetext would put everything into
 * one word of any length, which strict servers refuse.
 *
 * @param text one line: controls must be gone
 */
export function encodeHeaderText(text: string): string {
  // A text that looks like an encoded word would be decoded at the other end, so it is encoded as well.
  if (/^[\x20-\x7e]*$/.test(text) && !text.includes("=?") && text.length <= 200) return text;
  const encoder = new TextEncoder();
  const words: string[] = [];
  let bytes: number[] = [];
  for (const character of text) {
    const next = encoder.encode(character);
    if (bytes.length + next.length > MAX_BYTES) {
      words.push(encodeWord(bytes));
      bytes = [];
    }
    bytes.push(...next);
  }
  if (bytes.length > 0) words.push(encodeWord(bytes));
  return words.join("\r\n ");
}

function encodeWord(bytes: readonly number[]): string {
  return `${PREFIX}${btoa(String.fromCharCode(...bytes))}${SUFFIX}`;
}
