import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStateFolder, writeSecrets, type StateFolder } from "../../../scripts/local/state-folder.ts";

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "checker-state-"));
});
afterEach(() => rm(parent, { recursive: true }));

test("a folder is made with all that leads to it, and keeps the mail when it is released", async () => {
  const folder = await openStateFolder(join(parent, "a/b"));
  await writeFile(join(folder.mail, "1.eml"), "kept");
  await writeSecrets(folder, "A=b\n");
  await writeFile(join(folder.scratch, "log"), "");
  folder.release();
  expect(await readdir(folder.path)).toEqual(["mail"]);
  expect(await readdir(folder.mail)).toEqual(["1.eml"]);
});

test("secrets are for the owner alone", async () => {
  const folder = await openStateFolder(parent);
  await writeSecrets(folder, "A=b\n");
  expect((await stat(folder.secrets)).mode & 0o777).toBe(0o600);
});

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test("a new folder and all in it are for the owner only, whatever the umask", async () => {
  const before = process.umask(0);
  const folder = await openStateFolder(join(parent, "state"));
  process.umask(before);
  for (const path of [folder.path, folder.mail, folder.scratch])
    expect([path, await modeOf(path)]).toEqual([path, 0o700]);
});

test("a folder from before is closed to others", async () => {
  const path = join(parent, "state");
  for (const name of ["mail", "database"]) await mkdir(join(path, name), { recursive: true });
  for (const open of [path, join(path, "mail"), join(path, "database")]) await chmod(open, 0o755);
  const folder = await openStateFolder(path);
  for (const closed of [folder.path, folder.mail, folder.database])
    expect([closed, await modeOf(closed)]).toEqual([closed, 0o700]);
});

test("a folder that is not only ours keeps its mode, and what is ours in it is closed", async () => {
  const path = join(parent, "home");
  await mkdir(join(path, "documents"), { recursive: true });
  await chmod(path, 0o755);
  await chmod(join(path, "documents"), 0o755);
  const folder = await openStateFolder(path);
  expect(await modeOf(path)).toBe(0o755);
  expect(await modeOf(join(path, "documents"))).toBe(0o755);
  expect(await modeOf(folder.mail)).toBe(0o700);
});

test("what a killed instance left behind is cleared, its lock included", async () => {
  const killed = await openStateFolder(parent);
  await writeSecrets(killed, "A=old\n");
  await writeFile(join(killed.scratch, "old"), "");
  // No process has this number: it is above the highest that Linux and macOS give out.
  await writeFile(join(parent, "lock"), "4194305 12345");
  const folder = await openStateFolder(parent);
  await writeSecrets(folder, "A=new\n");
  expect(await readFile(folder.secrets, "utf8")).toBe("A=new\n");
  expect(await readdir(folder.scratch)).toEqual([]);
});

test("a number that was given out again does not hold the folder", async () => {
  // The test runner's parent lives, but did not start at that moment.
  await writeFile(join(parent, "lock"), `${process.ppid} 1`);
  await expect(openStateFolder(parent)).resolves.toBeDefined();
});

/** As it is while Checker runs. */
async function runningIn(path: string): Promise<StateFolder> {
  const folder = await openStateFolder(path);
  await writeSecrets(folder, "A=b\n");
  await mkdir(folder.database);
  return folder;
}

test("a folder that was taken anew by another start is not cleared by the one before", async () => {
  const path = join(parent, "state");
  const first = await runningIn(path);
  await rm(path, { recursive: true });
  const second = await runningIn(path);
  first.release();
  expect(await readdir(path)).toEqual(["database", "lock", "mail", "scratch", "secrets.env"]);
  expect(second.loss()).toBe(null);
  second.release();
  expect(await readdir(path)).toEqual(["database", "mail"]);
});

test("what stands in a folder whose lock was removed is cleared, as it is nobody else's", async () => {
  const folder = await runningIn(parent);
  await rm(join(parent, "lock"));
  folder.release();
  expect(await readdir(parent)).toEqual(["database", "mail"]);
});

test("a folder that is gone is not made again by its release", async () => {
  const path = join(parent, "state");
  const folder = await runningIn(path);
  await rm(path, { recursive: true });
  folder.release();
  expect(await readdir(parent)).toEqual([]);
});

test.each(["", "database", "lock", "secrets.env", "scratch"])(
  "that state/%s was removed is told with the remedy",
  async (name) => {
    const path = join(parent, "state");
    const folder = await runningIn(path);
    expect(folder.loss()).toBe(null);
    const removed = join(path, name).replace(/\/$/, "");
    await rm(removed, { recursive: true });
    expect(folder.loss()).toBe(
      `${removed} was removed while Checker ran, which can not go on without it; ` +
        "run npm start, which makes it anew",
    );
  },
);

test("mail may be removed at any time, and a folder that is put back is still the same", async () => {
  const path = join(parent, "state");
  const folder = await runningIn(path);
  await rm(folder.mail, { recursive: true });
  expect(folder.loss()).toBe(null);
  await rename(path, join(parent, "aside"));
  expect(folder.loss()).toMatch(/ was removed while Checker ran/);
  await rename(join(parent, "aside"), path);
  expect(folder.loss()).toBe(null);
});

test.each([
  [`${process.ppid} 1 0123`, `process ${process.ppid}`],
  ["", "another npm start"],
])("that the lock is another's by now (%j) is told with the remedy", async (lock, taker) => {
  const folder = await runningIn(parent);
  await writeFile(join(parent, "lock"), lock);
  expect(folder.loss()).toBe(
    `the state folder ${parent} was removed under this Checker and is that of ${taker} now, so this one ends; ` +
      "to run both, give one another folder: npm start -- --state DIR",
  );
});

test("a folder that a process holds is refused to the next", async () => {
  await openStateFolder(parent);
  const lock = (await readFile(join(parent, "lock"), "utf8")).split(" ");
  // As that process itself would have written it, with the mark of another start.
  const holder = `${process.ppid} ${startOf(process.ppid)} ${lock[2] ?? ""}`;
  await writeFile(join(parent, "lock"), holder);
  await expect(openStateFolder(parent)).rejects.toMatchObject({
    code: "START_FAILED",
    message:
      `the state folder ${parent} is in use by process ${process.ppid}; stop that, or choose another folder ` +
      `with npm start -- --state DIR (if process ${process.ppid} is not Checker, delete ${parent}/lock)`,
  });
  expect(await readFile(join(parent, "lock"), "utf8")).toBe(holder);
});

/** On Linux, as the lock has it. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ")[19] ?? "";
  } catch {
    return "";
  }
}

test("a path that is no folder is told with reason and remedy", async () => {
  await writeFile(join(parent, "file"), "");
  const path = join(parent, "file/state");
  await expect(openStateFolder(path)).rejects.toMatchObject({
    code: "START_FAILED",
    // oxlint-disable-next-line typescript/no-unsafe-assignment -- that is how vitest types its matchers
    message: expect.stringMatching(
      /^the state folder .*\/file\/state can not be used \(ENOTDIR.*\); choose another with npm start -- --state DIR$/,
    ),
  });
});
