import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { takeLeftMail } from "../../../scripts/local/left-mail.ts";

// That wrangler's own store is like this one: test/e2e/deaths.test.ts.

let scratch: string;
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), "checker-scratch-"));
  await mkdir(join(scratch, "log"));
});
afterEach(() => rm(scratch, { recursive: true }));

/** The files of one life of a server, with these rows of sent mail. */
async function newLife(name: string, rows: readonly unknown[]): Promise<void> {
  const folder = join(scratch, name, "email-store/miniflare-email-store");
  await mkdir(folder, { recursive: true });
  const databases = new DatabaseSync(join(folder, "metadata.sqlite"));
  databases.exec("CREATE TABLE actors (name TEXT)");
  databases.close();
  const store = new DatabaseSync(join(folder, "0123.sqlite"));
  store.exec("CREATE TABLE emails (seq INTEGER PRIMARY KEY, kind TEXT, data TEXT)");
  const insert = store.prepare("INSERT INTO emails (kind, data) VALUES (?, ?)");
  insert.run("received", "{}");
  for (const row of rows) insert.run("sent", JSON.stringify(row));
  store.close();
}

const row = (number: number): object => ({
  messageId: `<${number}@x>`,
  from: "checker@example.com",
  to: ["admin@example.com"],
  subject: `mail ${number}`,
  sentAt: new Date(number).toISOString(),
  rawBase64: btoa(`raw ${number}`),
});
const left = (number: number): object => ({
  mail: {
    messageId: `<${number}@x>`,
    from: "checker@example.com",
    to: "admin@example.com",
    subject: `mail ${number}`,
    sentAtMs: number,
  },
  raw: new TextEncoder().encode(`raw ${number}`),
});

test("mail of all dead servers is taken, newest first, and once", async () => {
  await newLife("miniflare-b", [row(1), row(3)]);
  await newLife("miniflare-a", [row(2)]);
  expect(takeLeftMail(scratch)).toEqual([left(3), left(2), left(1)]);
  expect(await readdir(scratch)).toEqual(["log"]);
  expect(takeLeftMail(scratch)).toEqual([]);
});

test("a store that is not as expected is told, and cleared away", async () => {
  await newLife("miniflare-a", [{ ...row(1), rawBase64: undefined }]);
  expect(() => takeLeftMail(scratch)).toThrow("wrangler's store of sent mail is not as expected");
  expect(await readdir(scratch)).toEqual(["log"]);

  await newLife("miniflare-a", []);
  await writeFile(join(scratch, "miniflare-a/email-store/miniflare-email-store/0123.sqlite"), "no database");
  expect(() => takeLeftMail(scratch)).toThrow("file is not a database");
});
