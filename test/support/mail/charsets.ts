/** Texts as bytes, in charsets that TextEncoder does not write. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** @param unitBytes 2 for UTF-16, 4 for UTF-32 of letters that are one unit of UTF-16 */
export function units(text: string, isBig = false, unitBytes: 2 | 4 = 2): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(unitBytes * text.length));
  for (let at = 0; at < text.length; at++) {
    if (unitBytes === 2) view.setUint16(2 * at, text.charCodeAt(at), !isBig);
    else view.setUint32(4 * at, text.charCodeAt(at), !isBig);
  }
  return new Uint8Array(view.buffer);
}
