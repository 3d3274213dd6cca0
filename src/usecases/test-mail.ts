import type { Message } from "../domain/message.ts";
import type { Random } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { formatUtc } from "../domain/text.ts";
import { bundle } from "./bundle.ts";

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
  const part = { kind: "other", job: null, title: subject, detail: "", atMs: nowMs, subject, body } as const;
  return bundle([{ to: alertContacts, part }], settings, random, nowMs);
}
