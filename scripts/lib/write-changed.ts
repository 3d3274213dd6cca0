import { readFile, writeFile } from "node:fs/promises";

/** Writes only what has changed: wrangler would rebuild for ever otherwise. */
export async function writeChanged(path: string, text: string): Promise<void> {
  const before = await readFile(path, "utf8").catch(() => null);
  if (before !== text) await writeFile(path, text);
}
