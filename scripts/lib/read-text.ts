import { readFile } from "node:fs/promises";

/**
 * The text of a file that a person may have written, without its byte order mark. Windows editors put one before the
 * first line, and PowerShell writes UTF-16.
 *
 * @throws what the file system says
 */
export async function readText(path: string): Promise<string> {
  return decodeText(await readFile(path));
}

export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  return new TextDecoder().decode(bytes);
}
