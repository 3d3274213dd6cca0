import { formatUtc, oneLine } from "../../core/text.ts";
import { type Notification, systemNotification } from "../group-by-recipient.ts";

/** Messages that one notification lists. */
const MAX_LISTED = 50;

/** Subject of such a notification: when it bounces in turn, nobody is notified of that. */
export const BOUNCE_SUBJECT = /^\[.*\] Mail to \S+ was not delivered( \d+)?$/;

/** Said once for each mail, to the other contacts. BOUNCE_SUBJECT matches its subject. */
export function bounceNotification(
  recipient: string,
  messages: readonly { readonly subject: string; readonly acceptedAtMs: number }[],
  reason: string,
  to: readonly string[],
  atMs: number,
): Notification {
  const list = messages.slice(0, MAX_LISTED).map(({ subject, acceptedAtMs }) => {
    return `- ${oneLine(subject)} (mailed at ${formatUtc(acceptedAtMs)})`;
  });
  const more = messages.length > MAX_LISTED ? [`and ${messages.length - MAX_LISTED} more.`] : [];
  const lines = [
    `The mail service accepted this mail to ${recipient}, and it did not arrive:`,
    "",
    ...list,
    ...more,
    "",
    `Reason:   ${reason}`,
    "",
    "It counts as a failed delivery: /status says MailProblem, and the outbox page can send it again.",
    "",
    "What to do: check that the address exists and takes mail, or correct it: ALERT_CONTACT, a peer's admin in PEERS,",
    "or the job that mails to it.",
  ];
  return systemNotification(`Mail to ${recipient} was not delivered`, oneLine(reason), lines, to, atMs);
}
