import { readFileSync, rmSync } from "node:fs";
import { mkdir, open, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartFailure } from "./start-failure.ts";

/** The folder in which one local instance keeps everything. Paths are absolute. */
export interface StateFolder {
  readonly path: string;
  /** Mail that would have been sent; kept. */
  readonly mail: string;
  /** The local D1; kept. */
  readonly database: string;
  /** wrangler's own files; made anew at every start. */
  readonly scratch: string;
  /** Secrets for the Worker, readable by the owner only; removed at the end. */
  readonly secrets: string;
  /** Removes what is not kept. Synchronous, so that it also runs in a forced end. */
  release(): void;
}

/** Makes the folder and takes it for this process. Throws StartFailure when that is not possible. */
export async function openStateFolder(path: string): Promise<StateFolder> {
  const lock = join(path, "lock");
  const folder = {
    path,
    mail: join(path, "mail"),
    database: join(path, "database"),
    scratch: join(path, "scratch"),
    secrets: join(path, "secrets.env"),
    release(): void {
      for (const leftover of [folder.secrets, folder.scratch, lock]) {
        rmSync(leftover, { recursive: true, force: true, maxRetries: 3 });
      }
    },
  };
  try {
    await mkdir(folder.mail, { recursive: true });
    await takeLock(lock, path);
    // A killed instance leaves these behind.
    await rm(folder.scratch, { recursive: true, force: true });
    await rm(folder.secrets, { force: true });
    await mkdir(folder.scratch);
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

/** Writes the file that `StateFolder.secrets` names. */
export async function writeSecrets(folder: StateFolder, text: string): Promise<void> {
  await writeFile(folder.secrets, text, { mode: 0o600, flag: "wx" });
}

// Two instances on one database would each run every tick and hand out each other's mail.
async function takeLock(lock: string, path: string): Promise<void> {
  for (;;) {
    try {
      const file = await open(lock, "wx");
      await file.writeFile(identityOf(process.pid));
      await file.close();
      return;
    } catch (thrown) {
      if (!(thrown instanceof Error && "code" in thrown && thrown.code === "EEXIST")) throw thrown;
    }
    const holder = await readFile(lock, "utf8");
    const pid = Number.parseInt(holder, 10);
    if (pid !== process.pid && isAlive(pid) && holder === identityOf(pid)) {
      throw new StartFailure(
        `the state folder ${path} is in use by process ${pid}; stop that, or choose another folder ` +
          `with npm start -- --state DIR (if process ${pid} is not Checker, delete ${lock})`,
      );
    }
    await rm(lock, { force: true });
  }
}

/** Number and, on Linux, start time: numbers are given out again, soonest of all in containers. */
function identityOf(pid: number): string {
  try {
    // The program's name, in parentheses, may hold spaces; the start time is the 20th field after it.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(")").at(-1)?.trim().split(" ");
    return `${pid} ${fields?.[19] ?? ""}`;
  } catch {
    return `${pid} `;
  }
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && "code" in thrown && thrown.code === "EPERM";
  }
}
