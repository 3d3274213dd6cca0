import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LocalWorker } from "./local-worker.ts";
import { mailFileName } from "./mail-file.ts";
import type { SentMail } from "./sent-mail.ts";

/** What became of a mail. */
export type MailEvent =
  | { readonly kind: "kept"; readonly mail: SentMail; readonly path: string }
  | { readonly kind: "returned"; readonly mail: SentMail }
  | { readonly kind: "refused"; readonly mail: SentMail; readonly reason: string };

export interface PostOfficeOptions {
  readonly worker: Pick<LocalWorker, "sentMails" | "rawMail" | "deliver">;
  /** Mail to these goes to the Worker's own email handler. */
  readonly ownAddresses: readonly string[];
  /** The address that the Worker is reached at, whichever of its own a mail was sent to. */
  readonly mailFrom: string;
  /** Where all other mail is kept. Made anew when someone removes it. */
  readonly folder: string;
  readonly onEvent: (event: MailEvent) => void;
}

export interface PostOffice {
  /**
   * Hands out all mail sent since the last time, oldest first, and each only once. Rejects when the list
   * can not be read or a mail can not be handed out; that mail is taken up again by the next call.
   */
  collect(): Promise<void>;
}

/**
 * Learns of mail from the list of sent mail that wrangler's local explorer serves. The Worker's `send()`
 * resolves only after a mail is in that list, so a mail that the Worker takes for sent is always there;
 * the list lives in wrangler's own storage, outlasts a rebuild of the Worker, is separate for each
 * instance, and has the envelope. (When wrangler dies, left-mail.ts saves what it held.) The .eml files
 * that wrangler also writes have none of that: they are written after `send()` has resolved, in one folder
 * of the project for all instances, without envelope.
 */
export function createPostOffice(options: PostOfficeOptions): PostOffice {
  const { worker, ownAddresses, mailFrom, folder, onEvent } = options;
  const own = new Set(ownAddresses.map((address) => address.toLowerCase()));
  const handedOut = new Set<string>();
  const waiting = new Map<string, SentMail>();

  async function findNew(): Promise<void> {
    const found: SentMail[] = [];
    let cursor: string | null = null;
    do {
      const page = await worker.sentMails(cursor);
      const unknown = page.mails.filter(
        ({ messageId }) => !handedOut.has(messageId) && !waiting.has(messageId),
      );
      found.push(...unknown);
      // Newest first: a page with nothing new has nothing new behind it.
      cursor = unknown.length > 0 ? page.cursor : null;
    } while (cursor !== null);
    for (const mail of found.toReversed()) waiting.set(mail.messageId, mail);
  }

  async function handOut(mail: SentMail): Promise<MailEvent> {
    const raw = await worker.rawMail(mail.messageId);
    if (own.has(mail.to.toLowerCase())) {
      const reason = await worker.deliver(mail.from, mailFrom, raw);
      return reason === null ? { kind: "returned", mail } : { kind: "refused", mail, reason };
    }
    const path = join(folder, mailFileName(mail));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(path, raw, { mode: 0o600 });
    return { kind: "kept", mail, path };
  }

  async function collectNow(): Promise<void> {
    await findNew();
    const faults: unknown[] = [];
    // One that can not be handed out must not hold up the others.
    for (const mail of waiting.values()) {
      try {
        const event = await handOut(mail);
        waiting.delete(mail.messageId);
        handedOut.add(mail.messageId);
        onEvent(event);
      } catch (thrown) {
        faults.push(thrown);
      }
    }
    if (faults.length > 0) throw faults[0];
  }

  // One at a time, or two callers would hand out the same mail.
  let last: Promise<void> = Promise.resolve();
  return {
    collect() {
      last = last.then(collectNow, collectNow);
      return last;
    },
  };
}
