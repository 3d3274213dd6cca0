import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPostOffice, type MailEvent } from "../../../scripts/local/post-office.ts";
import type { SentMail } from "../../../scripts/local/sent-mail.ts";

const OWN = "checker@example.com";
const BOX = "Box@Example.net";
const ADMIN = "admin@example.com";

/** wrangler's list, in pages of two, and the Worker's email handler. */
class FakeWorker {
  readonly sent: SentMail[] = [];
  readonly delivered: string[] = [];
  readonly unreadable = new Set<string>();
  refusal: string | null = null;
  broken = false;

  send(to: string, subject: string): void {
    const number = this.sent.length + 1;
    this.sent.push({ messageId: `<${number}@x>`, from: OWN, to, subject, sentAtMs: number * 1_000 });
  }
  sentMails(cursor: string | null): Promise<{ mails: readonly SentMail[]; cursor: string | null }> {
    const start = Number(cursor ?? 0);
    const mails = this.sent.toReversed().slice(start, start + 2);
    return Promise.resolve({ mails, cursor: start + 2 < this.sent.length ? String(start + 2) : null });
  }
  rawMail(messageId: string): Promise<Uint8Array> {
    if (this.unreadable.has(messageId)) return Promise.reject(new Error("unreadable"));
    return Promise.resolve(new TextEncoder().encode(`raw ${messageId}`));
  }
  deliver(from: string, to: string, raw: Uint8Array): Promise<string | null> {
    if (this.broken) return Promise.reject(new Error("ECONNREFUSED"));
    this.delivered.push(`${from} > ${to}: ${new TextDecoder().decode(raw)}`);
    return Promise.resolve(this.refusal);
  }
}

let folder: string;
let worker: FakeWorker;
let events: MailEvent[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checker-mail-"));
  worker = new FakeWorker();
  events = [];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const open = (): ReturnType<typeof createPostOffice> =>
  createPostOffice({
    worker,
    mailFrom: OWN,
    ownAddresses: [OWN, BOX],
    folder,
    onEvent: (event) => events.push(event),
  });
const summary = (): readonly string[] => events.map(({ kind, mail }) => `${kind} ${mail.messageId}`);

test("mail to itself comes back, whichever of its addresses it went to; other mail is kept", async () => {
  worker.send(OWN, "probe");
  worker.send(ADMIN, "failed");
  worker.send("box@example.NET", "probe");
  await open().collect();
  expect(summary()).toEqual(["returned <1@x>", "kept <2@x>", "returned <3@x>"]);
  expect(worker.delivered).toEqual([`${OWN} > ${OWN}: raw <1@x>`, `${OWN} > ${OWN}: raw <3@x>`]);
  const files = await readdir(folder);
  expect(files).toEqual([expect.stringMatching(/^19700101T000002Z-admin@example\.com-failed-/)]);
  expect(await readFile(join(folder, files[0] ?? ""), "utf8")).toBe("raw <2@x>");
});

test("each mail is handed out once, oldest first, however many pages and callers there are", async () => {
  const office = open();
  for (const subject of ["a", "b", "c", "d", "e"]) worker.send(ADMIN, subject);
  await Promise.all([office.collect(), office.collect(), office.collect()]);
  worker.send(ADMIN, "f");
  await office.collect();
  expect(summary()).toEqual(["<1@x>", "<2@x>", "<3@x>", "<4@x>", "<5@x>", "<6@x>"].map((id) => `kept ${id}`));
  expect(await readdir(folder)).toHaveLength(6);
});

test("a refusal by the Worker is told and not repeated", async () => {
  const office = open();
  worker.refusal = "no token of ours";
  worker.send(OWN, "probe");
  await office.collect();
  await office.collect();
  expect(events).toEqual([{ kind: "refused", mail: worker.sent[0], reason: "no token of ours" }]);
});

test("mail that can not be handed out holds up no other, and is taken up again", async () => {
  const office = open();
  worker.broken = true;
  worker.unreadable.add("<2@x>");
  worker.send(OWN, "probe");
  worker.send(ADMIN, "unreadable");
  worker.send(ADMIN, "failed");
  await expect(office.collect()).rejects.toThrow("ECONNREFUSED");
  expect(summary()).toEqual(["kept <3@x>"]);
  worker.broken = false;
  worker.unreadable.clear();
  await office.collect();
  expect(summary()).toEqual(["kept <3@x>", "returned <1@x>", "kept <2@x>"]);
});

test("the folder is made again when someone removed it", async () => {
  await rm(folder, { recursive: true });
  worker.send(ADMIN, "failed");
  await open().collect();
  expect(await readdir(folder)).toHaveLength(1);
});
