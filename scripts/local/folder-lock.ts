import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { open, readFile, rm } from "node:fs/promises";
import { StartFailure } from "./start-failure.ts";

/** The file that says which process has a state folder. */
export interface FolderLock {
  /** Whose it is by now. `pid` is null where the file does not say, such as while it is written. */
  owner(): "this" | "nobody" | { readonly pid: number | null };
  /** Whether it is this one's; where it is nobody's it is taken again. */
  hold(): boolean;
}

/**
 * Two instances on one database would each run every tick and hand out each other's mail.
 *
 * @param folder the path that a person is told
 */
export async function takeLock(file: string, folder: string): Promise<FolderLock> {
  // Numbers of processes are given out again, and one process may take a folder twice.
  const mark = `${identityOf(process.pid)} ${randomBytes(8).toString("hex")}`;
  for (;;) {
    try {
      const opened = await open(file, "wx");
      await opened.writeFile(mark);
      await opened.close();
      return folderLock(file, mark);
    } catch (thrown) {
      if (!hasCode(thrown, "EEXIST")) throw thrown;
    }
    const holder = await readFile(file, "utf8");
    const pid = pidIn(holder);
    if (
      pid !== null &&
      pid !== process.pid &&
      isAlive(pid) &&
      `${holder} `.startsWith(`${identityOf(pid)} `)
    ) {
      throw new StartFailure(
        `the state folder ${folder} is in use by process ${pid}; stop that, or choose another folder ` +
          `with npm start -- --state DIR (if process ${pid} is not Checker, delete ${file})`,
      );
    }
    await rm(file, { force: true });
  }
}

function folderLock(file: string, mark: string): FolderLock {
  const owner: FolderLock["owner"] = () => {
    try {
      const holder = readFileSync(file, "utf8");
      return holder === mark ? "this" : { pid: pidIn(holder) };
    } catch (thrown) {
      // What can not be read for another reason has not changed hands for that.
      return isMissing(thrown) ? "nobody" : "this";
    }
  };
  return {
    owner,
    hold() {
      if (owner() !== "nobody") return owner() === "this";
      try {
        const opened = openSync(file, "wx");
        writeSync(opened, mark);
        closeSync(opened);
        return true;
      } catch {
        // Another was faster, or the folder is gone as well.
        return false;
      }
    },
  };
}

/** Whether this error says that there is no such file. */
export function isMissing(thrown: unknown): boolean {
  return hasCode(thrown, "ENOENT") || hasCode(thrown, "ENOTDIR");
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === code;
}

function pidIn(lock: string): number | null {
  const pid = Number.parseInt(lock, 10);
  return pid > 0 ? pid : null;
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
  try {
    process.kill(pid, 0);
    return true;
  } catch (thrown) {
    return hasCode(thrown, "EPERM");
  }
}
