/** Reports and answers that do not say by their form what they are. All quote our probe, and none is proof. */
import { MARK, probeMail, type Sample } from "./mail.ts";
import { attached, message, multipart, textEntity } from "./mime.ts";

function head(from: string, subject: string, ...more: readonly string[]): string[] {
  return [
    "Date: Tue, 24 Nov 2026 00:00:09 +0000",
    ...(from === "" ? [] : [`From: ${from}`]),
    `Subject: ${subject}`,
    "To: checker@example.com",
    "Message-ID: <20261124000009.77@mx.example.com>",
    ...more,
  ];
}

const OPS = "Ops <ops@mailbox.example>";
const FILTER = "Mail Filter <filter@mailbox.example>";

/** Each holds the mark whole. */
export function plainReports(token: string): Sample[] {
  const mark = `${MARK}${token}`;
  const subject = `[checker-eu] ${mark}`;
  const probe = probeMail(token);
  const copy = probe.replaceAll("\r\n", "\n");
  const [ownHead, ownText] = split(copy);
  const quote = ownText.replaceAll(/^/gm, "> ");
  const plain = (headers: readonly string[], ...lines: readonly string[]): string =>
    message(headers, textEntity("plain", lines.join("\n"), { transfer: "8bit" }));
  const returned = (headers: readonly string[], text: string): string =>
    message(headers, multipart("mixed", [textEntity("plain", text), attached(probe)]));
  const samples: Record<string, string> = {
    "of a postmaster, as one text": plain(
      head("Postmaster <postmaster@mx.example.com>", "Message Delivery Failure"),
      "The mailbox is full: ops@mailbox.example",
      "--- original message ---",
      copy,
    ),
    "of a program with an address of its own": plain(
      head("Mail Service <mailservice@mx.example.com>", "Your message was not delivered"),
      "No such user: ops@mailbox.example",
      copy,
    ),
    "with the message attached, and no status": returned(
      head("MailServer at mailbox.example <MailServer@mailbox.example>", "Permanent Delivery Failure"),
      "The attached message had permanent errors.",
    ),
    "with the message attached, under the subject of the message": returned(
      head("MailServer <MailServer@mailbox.example>", `Undeliverable: ${subject}`),
      "550 5.1.1 unknown",
    ),
    "without a sender": plain(head("", "Undelivered Mail"), "It came back.", copy),
    "without a sender, under our subject": plain(head("", subject), copy),
    "of an empty sender": plain(head("<>", "failure notice"), "--- headers ---", ownHead),
    "of a sender without a host": plain(
      head("Mail Delivery Subsystem <MAILER-DAEMON>", "Returned mail: see transcript for details"),
      "----- The following addresses had permanent fatal errors -----",
      copy,
    ),
    "of a delay": plain(
      head(
        "Mail Delivery Subsystem <mta@mx.example.com>",
        "Warning: could not send message for past 4 hours",
      ),
      "The message will be retried for 5 days. You need not send it again.",
      copy,
    ),
    "in German": plain(
      head(FILTER, `Unzustellbar: ${subject}`),
      "Die Nachricht konnte nicht zugestellt werden.",
      copy,
    ),
    "in French": plain(head(FILTER, `Non remis : ${subject}`), "Votre message n'a pas été remis.", copy),
    "in Japanese": plain(head(FILTER, `配信不能: ${subject}`), "次の宛先に配信できませんでした。", copy),
    "in Russian": plain(head(FILTER, `Недоставлено: ${subject}`), "Сообщение не доставлено.", copy),
    "with our subject before other words": plain(head(FILTER, `${subject} could not be delivered`), copy),
    "of a quarantine, for one message": plain(
      head(FILTER, `[Quarantine] ${subject}`, "Auto-Submitted: auto-generated"),
      "A message to you is held.",
      `From: checker@example.com, Subject: ${subject}`,
    ),
    "of a quarantine, as a digest": message(
      head(FILTER, "3 messages are held for you", "Auto-Submitted: auto-generated"),
      textEntity("html", `<table><tr><td>checker@example.com<td>${subject}<td>held as spam</table>`),
    ),
    "of a complaint": returned(
      head("staff@mailbox.example", "complaint about message from 192.0.2.7"),
      "This is an email abuse report.",
    ),
    "of a list that wants a moderator": plain(
      head(
        "ops-owner@lists.example",
        `Your message to ops awaits moderator approval`,
        "List-Id: <ops.lists.example>",
      ),
      `Subject: ${subject}`,
    ),
    "of a list that is a digest": message(
      head("ops-request@lists.example", "ops Digest, Vol 3, Issue 1", "List-Id: <ops.lists.example>"),
      textEntity("plain", copy),
    ),
    "of a vacation": plain(head(OPS, `Out of office: ${subject}`, "Precedence: bulk"), "I am away.", quote),
    "of a vacation, under our subject": plain(
      head(OPS, subject, "Precedence: junk"),
      "I am away.",
      "",
      ownText,
    ),
    "of a vacation, by its header": plain(head(OPS, subject, "X-Autoreply: yes"), ownText),
    "of a vacation, in German": plain(
      head(OPS, `Automatische Antwort: ${subject}`),
      "Ich bin nicht da.",
      copy,
    ),
    "of a vacation, as Exchange writes it": plain(
      head(
        OPS,
        `Automatic reply: ${subject}`,
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-MS-Exchange-Inbox-Rules-Loop: ops@mailbox.example",
      ),
      "I am out of office.",
    ),
    "of a ticket system": plain(
      head("Support <help@mailbox.example>", `[Ticket#42] ${subject}`),
      "Thanks.",
      "",
      ownText,
    ),
    "of a robot that wants a confirmation": plain(
      head(OPS, `Please confirm: ${subject}`, `In-Reply-To: <probe@example.com>`),
      "Press reply, so that your message is delivered.",
      quote,
    ),
    "that it was read": plain(head(OPS, `Read: ${subject}`), `Your message ${subject} was read.`),
    "of a person who answers": plain(head(OPS, `Re: ${subject}`), "What is this?", "", quote),
    "of a person who answers, in Danish": plain(head(OPS, `SV: ${subject}`), "Hvad er det?", "", quote),
    "of a person who answers what was forwarded": plain(head(OPS, `Re: Fwd: ${subject}`), "ok", quote),
    "forwarded by a person, as text": plain(head(OPS, "Fwd: Undelivered Mail"), "> It came back.", quote),
    "forwarded by a person, whole": message(
      head(OPS, "Fwd: Permanent Delivery Failure"),
      multipart("mixed", [
        textEntity("plain", "see below"),
        attached(returned(head("MailServer <m@mx.example.com>", "Permanent Delivery Failure"), "It failed.")),
      ]),
    ),
  };
  return Object.entries(samples).map(([name, raw]) => ({ name: `a report ${name}`, raw }));
}

/** Head and text of a message. */
function split(copy: string): [string, string] {
  const end = copy.indexOf("\n\n");
  return [copy.slice(0, end), copy.slice(end + 2)];
}
