import { globSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { decodeRaw, hasRaw, isListedMail, toSentMail, type SentMail } from "./sent-mail.ts";

/** A mail whose server is gone. */
export interface LeftMail {
  readonly mail: SentMail;
  readonly raw: Uint8Array;
}

/** What wrangler makes for each life of its server, below the folder for temporary files. */
const LIVES = "miniflare-*";

/**
 * All mail that dead servers had sent, newest first, and removes their files. wrangler keeps sent mail for
 * one life of its server only, in a database among its temporary files, which is left there when it is
 * killed. The database has what the list of sent mail has, and each mail from before its `send()` resolved;
 * the .eml files beside it are written later, and without the envelope.
 *
 * Throws when a database is not as expected; its files are removed all the same.
 *
 * @param scratch the folder for temporary files; no server may run in it
 */
export function takeLeftMail(scratch: string): readonly LeftMail[] {
  try {
    const files = globSync(join(LIVES, "email-store/*/*.sqlite"), { cwd: scratch });
    const left = files.flatMap((file) => readStore(join(scratch, file)));
    return left.toSorted((a, b) => b.mail.sentAtMs - a.mail.sentAtMs);
  } finally {
    for (const life of globSync(LIVES, { cwd: scratch })) remove(join(scratch, life));
  }
}

function readStore(file: string): readonly LeftMail[] {
  const database = new DatabaseSync(file);
  try {
    // One of the two files is the runtime's own list of databases.
    const table = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'emails'");
    if (table.get() === undefined) return [];
    const rows = database.prepare("SELECT data FROM emails WHERE kind = 'sent'").all();
    return rows.map(({ data }) => toLeftMail(JSON.parse(String(data))));
  } finally {
    database.close();
  }
}

function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // Read again the next time, and removed at the end with all of the scratch folder.
  }
}

function toLeftMail(data: unknown): LeftMail {
  if (!isListedMail(data) || !hasRaw(data)) {
    throw new Error("wrangler's store of sent mail is not as expected");
  }
  return { mail: toSentMail(data), raw: decodeRaw(data) };
}
