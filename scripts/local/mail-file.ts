import { createHash } from "node:crypto";
import type { SentMail } from "./sent-mail.ts";

const SLUG_LENGTH = 60;

/**
 * Name for a kept mail, such as
 * `20261123T120304Z-admin@example.com-checker-httpserverchecker-failed-1f0c9a2b.eml`: in the order of
 * sending, readable, safe on every file system, and never the same for two mails.
 */
export function mailFileName(mail: SentMail): string {
  const time = new Date(mail.sentAtMs).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  // Addresses and subjects come from outside: no separator of paths and no leading dot may pass.
  const recipient = mail.to
    .toLowerCase()
    .replaceAll(/[^a-z0-9.@_+-]+/g, "_")
    .slice(0, 60);
  const unique = createHash("sha256").update(mail.messageId).digest("hex").slice(0, 8);
  return `${[time, recipient, slug(mail.subject), unique].filter((part) => part !== "").join("-")}.eml`;
}

/** Words of letters and digits, no more than fit. */
function slug(text: string): string {
  const words = text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  if (words.length <= SLUG_LENGTH) return words;
  // A word that is longer than all is cut.
  return words
    .slice(0, SLUG_LENGTH + 1)
    .replace(/-[^-]*$/, "")
    .slice(0, SLUG_LENGTH);
}
