import { rmSync, statSync } from "node:fs";
import { chmod, mkdir, readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isMissing, takeLock, type FolderLock } from "./folder-lock.ts";
import { StartFailure } from "./start-failure.ts";

/** The folder in which one local instance keeps everything. Paths are absolute. */
export interface StateFolder {
  readonly path: string;
  /** Mail that would have been sent; kept. Like all here readable by the owner only. */
  readonly mail: string;
  /** The local D1; kept. */
  readonly database: string;
  /** wrangler's own files; made anew at every start. */
  readonly scratch: string;
  /** Secrets for the Worker, readable by the owner only; removed at the end. */
  readonly secrets: string;
  /** Why Checker can not go on in it, in words for a person: it was removed, or is another's. Else null. */
  loss(): string | null;
  /** Removes what is not kept, unless it is another's. Synchronous, so that it also runs in a forced end. */
  release(): void;
}

const OWNER_ONLY = 0o700;
/** All that is in a state folder. */
const CONTENTS = ["mail", "database", "scratch", "secrets.env", "lock"];

/** Makes the folder and takes it for this process. Throws StartFailure when that is not possible. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  const lockFile = join(path, "lock");
  let lock: FolderLock;
  const folder: StateFolder = {
    path,
    mail: join(path, "mail"),
    database: join(path, "database"),
    scratch: join(path, "scratch"),
    secrets: join(path, "secrets.env"),
    loss() {
      const needed = [path, folder.database, folder.secrets, folder.scratch, lockFile];
      const removed = needed.find(isGone);
      const owner = lock.owner();
      if (typeof owner === "object") {
        const taker = owner.pid === null ? "another npm start" : `process ${owner.pid}`;
        return (
          `the state folder ${path} was removed under this Checker and is that of ${taker} now, so this one ends; ` +
          "to run both, give one another folder: npm start -- --state DIR"
        );
      }
      if (removed === undefined) return null;
      return `${removed} was removed while Checker ran, which can not go on without it; run npm start, which makes it anew`;
    },
    release() {
      if (!lock.hold()) return;
      for (const leftover of [folder.secrets, folder.scratch, lockFile]) {
        rmSync(leftover, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
  try {
    await makePrivate(folder);
    lock = await takeLock(lockFile, path);
    // A killed instance leaves these behind.
    await rm(folder.scratch, { recursive: true, force: true });
    await rm(folder.secrets, { force: true });
    await mkdir(folder.scratch, { mode: OWNER_ONLY });
  } catch (thrown) {
    if (thrown instanceof StartFailure) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw new StartFailure(
      `the state folder ${path} can not be used (${reason}); choose another with npm start -- --state DIR`,
      { cause: thrown },
    );
  }
  return folder;
}

/**
 * Mail and database are for the owner to read. A folder from before is closed as well; one that has anything else in it,
 * such as a home folder, keeps its mode, and only what is in it of ours is closed.
 */
async function makePrivate({ path, mail, database }: StateFolder): Promise<void> {
  await mkdir(path, { recursive: true, mode: OWNER_ONLY });
  await mkdir(mail, { recursive: true, mode: OWNER_ONLY });
  const isOurs = (await readdir(path)).every((name) => CONTENTS.includes(name));
  const isOwned = (await stat(path)).uid === process.getuid?.();
  if (isOurs && isOwned) await chmod(path, OWNER_ONLY);
  for (const folder of [mail, database]) if (!isGone(folder)) await chmod(folder, OWNER_ONLY);
}

/** Writes the file that `StateFolder.secrets` names. */
export async function writeSecrets(folder: StateFolder, text: string): Promise<void> {
  await writeFile(folder.secrets, text, { mode: 0o600, flag: "wx" });
}

function isGone(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (thrown) {
    return isMissing(thrown);
  }
}
