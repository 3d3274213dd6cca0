import { createHash } from "node:crypto";
import type { SentMail } from "./sent-mail.ts";

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

function slug(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replaceAll(/^-+|-+$/g, "");
}
