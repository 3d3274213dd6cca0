import type { Message } from "../mail/message.ts";
import type { Random } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import { formatUtc } from "../core/text.ts";
import { groupByRecipient } from "../mail/group-by-recipient.ts";

/** A mail to each alert contact, because the owner wants to see whether alerts arrive. */
export function testMails(settings: Settings, random: Random, nowMs: number): readonly Message[] {
  const { alertContacts, serverName } = settings;
  const subject = "Test mail";
  const body = [
    `This is a test mail of Checker at ${serverName}, asked for on its page at ${formatUtc(nowMs)}.`,
    "",
    "Alerts come from the same address, the same way. If this went to spam, they do.",
    "",
    "What to do: nothing.",
    "",
  ].join("\n");
  const item = {
    kind: "other",
    jobKey: null,
    title: subject,
    detail: "",
    atMs: nowMs,
    subject,
    body,
  } as const;
  return groupByRecipient([{ to: alertContacts, item }], settings, random, nowMs);
}
