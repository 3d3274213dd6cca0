import { mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openStateFolder, writeSecrets } from "../../../scripts/local/state-folder.ts";

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
