/** Blobs travel as hexadecimal text: D1 gives a blob as a list of numbers, which takes twice the room and longer. */

export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte] ?? "";
  return text;
}

/** What is no such text reads as no bytes. */
export function fromHex(value: unknown): Uint8Array {
  if (typeof value !== "string") return new Uint8Array(0);
  const bytes = new Uint8Array(value.length >> 1);
  for (let index = 0; index < bytes.length; index++) {
    bytes[index] = (digit(value.charCodeAt(2 * index)) << 4) | digit(value.charCodeAt(2 * index + 1));
  }
  return bytes;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** SQLite writes capital letters. */
function digit(code: number): number {
  return code <= 0x39 ? code - 0x30 : (code & 0xdf) - 0x37;
}
