import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ExportFailure } from "./database.ts";

/**
 * Writes to standard output, never faster than its reader reads. A reader that goes away, such as `head`, ends it.
 *
 * @returns whether all of it was written
 */
export async function writeToStream(chunks: AsyncIterable<string>, out: Writable): Promise<boolean> {
  try {
    await pipeline(oneByOne(chunks), out, { end: false });
    return true;
  } catch (thrown) {
    if (isCode(thrown, "EPIPE")) return false;
    throw thrown;
  }
}

/** Writes beside the file, and gives it its name once it is whole. */
export async function writeToFile(chunks: AsyncIterable<string>, file: string): Promise<void> {
  const part = `${file}.part`;
  try {
    await pipeline(oneByOne(chunks), createWriteStream(part));
    await rename(part, file);
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => undefined);
    if (thrown instanceof ExportFailure) throw thrown;
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    throw new ExportFailure(`${file} cannot be written: ${text}.`, { cause: thrown });
  }
}

/** Chunks are large: none waits in a queue behind the one that is being written. */
function oneByOne(chunks: AsyncIterable<string>): Readable {
  return Readable.from(chunks, { highWaterMark: 1 });
}

function isCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}
