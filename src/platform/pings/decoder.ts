/** Longest mark at the beginning of a text that names its charset, bytes. */
const MARK = 4;

/**
 * Decodes a text that comes in pieces; null ends it. Its charset is what its byte order mark says, else the charset of
 * `contentType`, else UTF-8. PowerShell, for one, posts ISO-8859-1 and writes files in UTF-16.
 */
export function createDecoder(contentType: string | null): (piece: Uint8Array | null) => string {
  let decoder: TextDecoder | null = null;
  let head: Uint8Array = new Uint8Array(0);
  return (piece) => {
    if (decoder !== null) return piece === null ? decoder.decode() : decoder.decode(piece, { stream: true });
    head = joined(head, piece ?? new Uint8Array(0));
    if (head.byteLength < MARK && piece !== null) return "";
    decoder = decoderOf(markedCharset(head) ?? namedCharset(contentType));
    return decoder.decode(head, { stream: piece !== null });
  };
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.byteLength + b.byteLength);
  bytes.set(a);
  bytes.set(b, a.byteLength);
  return bytes;
}

/** UTF-32 is read as UTF-16: what it has besides are NULs, which are left out of texts. */
function markedCharset([first, second, third, fourth]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  if (first === 0 && second === 0 && third === 0xfe && fourth === 0xff) return "utf-16be";
  return null;
}

/** `text/plain; charset="ISO-8859-1"`: names are the same in any letter case, with quotation marks or without. */
function namedCharset(contentType: string | null): string | null {
  return /;\s*charset\s*=\s*["']?\s*([^\s"';,]+)/i.exec(contentType ?? "")?.[1] ?? null;
}

function decoderOf(charset: string | null): TextDecoder {
  try {
    return new TextDecoder(charset ?? "utf-8");
  } catch {
    // Nobody knows this charset. Most letters of most texts are the same in UTF-8.
    return new TextDecoder();
  }
}
