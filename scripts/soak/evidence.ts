import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openCheckerDatabase } from "../local/database-file.ts";
import type { StateFolder } from "../local/state-folder.ts";
import type { StoredMessage } from "./verdict.ts";

/** What the database and the mail folder hold once nothing runs any more. */
export function collectEvidence(folder: StateFolder): {
  readonly committed: readonly number[];
  readonly messages: readonly StoredMessage[];
  readonly mailIds: readonly string[];
} {
  // Not read-only: what was killed is recovered first.
  const database = openCheckerDatabase(folder.database, {});
  if (database === null) throw new Error(`there is no database of Checker in ${folder.database}`);
  try {
    const ticks = database.prepare("SELECT scheduled_at AS at, frequencies FROM tick ORDER BY id").all();
    const messages = database
      .prepare("SELECT recipient, items, mail_id, accepted_at FROM message WHERE token IS NULL")
      .all();
    return {
      committed: ticks
        .filter((tick) => String(tick["frequencies"]).split(" ").includes("MINUTE"))
        .map((tick) => Number(tick["at"])),
      messages: messages.map((row) => ({
        to: String(row["recipient"]),
        items: JSON.parse(String(row["items"])) as StoredMessage["items"],
        mailId: row["accepted_at"] === null ? null : String(row["mail_id"]),
      })),
      mailIds: globSync("*.eml", { cwd: folder.mail }).map((file) => mailIdOf(join(folder.mail, file))),
    };
  } finally {
    database.close();
  }
}

/** The id that Checker gave the mail. Its Message-ID is the runtime's. */
function mailIdOf(path: string): string {
  return /^X-Checker-Mail: (\S+)/im.exec(readFileSync(path, "utf8"))?.[1] ?? "";
}
