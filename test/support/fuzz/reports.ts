/** Messages that have our probe inside, token and all, and prove the opposite of its arrival. */
import { MARK, probeMail, type Sample } from "./mail.ts";
import { plainReports } from "./plain-reports.ts";
import { attached, lines, message, multipart, textEntity } from "./mime.ts";

function head(from: string, subject: string, ...more: readonly string[]): string[] {
  return [
    "Received: by mx.example.com (Postfix) id 5F2A; Tue, 24 Nov 2026 00:00:09 +0000 (UTC)",
    "Date: Tue, 24 Nov 2026 00:00:09 +0000",
    `From: ${from}`,
    `Subject: ${subject}`,
    "To: checker@example.com",
    "Message-ID: <20261124000009.5F2A@mx.example.com>",
    ...more,
  ];
}

function status(action: string, type = "delivery-status"): string {
  return lines(
    `Content-Type: message/${type}`,
    "",
    "Reporting-MTA: dns; mx.example.com",
    "Arrival-Date: Tue, 24 Nov 2026 00:00:01 +0000",
    "",
    "Final-Recipient: rfc822; checker@mailbox.example",
    `Action: ${action}`,
    `Status: ${action === "failed" ? "5.1.1" : "4.4.1"}`,
    "Diagnostic-Code: smtp; 550 5.1.1 <checker@mailbox.example>: user unknown",
    "",
  );
}

const SORRY = "I'm sorry to have to inform you that your message could not be delivered.";
const DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.example.com>";
const REPORT = "; report-type=delivery-status";

/** What Exim and qmail send: one text, with the message in it. */
function inText(introduction: string, token: string): string {
  return textEntity("plain", `${introduction}\n\n${probeMail(token).replaceAll("\r\n", "\n")}`, {
    charset: "us-ascii",
    transfer: "8bit",
  });
}

/** Each holds the mark whole, and none is proof. */
export function reports(token: string): Sample[] {
  const probe = probeMail(token);
  const returned = attached(probe);
  const explained = textEntity("plain", `${SORRY}\n\nSubject: ${MARK}${token}\n`);
  const headersOnly = lines("Content-Type: text/rfc822-headers", "", probe.split("\r\n\r\n")[0] ?? "");
  const report = (...parts: string[]): string => multipart("report", parts, REPORT);
  const postfix = report(explained, status("failed"), returned);
  const fromPostfix = message(
    head(DAEMON, "Undelivered Mail Returned to Sender", "Auto-Submitted: auto-replied"),
    postfix,
  );
  const samples: Record<string, string> = {
    Postfix: fromPostfix,
    "Postfix, of the headers": message(
      head(DAEMON, "Undelivered Mail"),
      report(explained, status("failed"), headersOnly),
    ),
    "Postfix, for delay": message(
      head(DAEMON, "Delayed Mail (still being retried)"),
      report(explained, status("delayed"), headersOnly),
    ),
    Gmail: message(
      head(
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "X-Failed-Recipients: checker@mailbox.example",
        "Auto-Submitted: auto-replied",
      ),
      report(
        multipart("related", [
          multipart("alternative", [explained, textEntity("html", `<p>${SORRY}</p>${MARK}${token}`)]),
        ]),
        status("failed"),
        returned,
      ),
    ),
    Exchange: message(
      head(
        "Microsoft Outlook <MicrosoftExchange329e71ec@mailbox.example>",
        `Undeliverable: ${MARK}${token}`,
        "X-MS-Exchange-Message-Is-Ndr:",
      ),
      report(textEntity("html", `<b>${SORRY}</b> ${MARK}${token}`), status("failed"), returned),
    ),
    "in many languages (RFC 6533)": message(
      head("postmaster@mailbox.example", "Undeliverable"),
      multipart(
        "report",
        [explained, status("failed", "global-delivery-status"), returned],
        "; report-type=global-delivery-status",
      ),
    ),
    Exim: message(
      head(
        "Mail Delivery System <Mailer-Daemon@mx.example.com>",
        "Mail delivery failed: returning message to sender",
        "X-Failed-Recipients: checker@mailbox.example",
        "Auto-Submitted: auto-replied",
      ),
      inText(
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be delivered.",
        token,
      ),
    ),
    qmail: message(
      head("MAILER-DAEMON@mx.example.com", "failure notice"),
      inText(
        "Hi. This is the qmail-send program at mx.example.com.\nI'm afraid I wasn't able to deliver your message.\n\n--- Below this line is a copy of the message.",
        token,
      ),
    ),
    "a robot that wants an answer first": message(
      head(
        "Ops <ops@mailbox.example>",
        `Re: [checker-eu] ${MARK}${token}`,
        "Auto-Submitted: auto-replied (confirm)",
      ),
      textEntity("plain", "Your message is held until you confirm that you are human."),
    ),
    "with a list's footer": message(
      head("ops@lists.example", "[ops] Undelivered"),
      multipart("mixed", [postfix, textEntity("plain", "ops mailing list")]),
    ),
    "in many languages, with a list's footer": message(
      head("ops@lists.example", "[ops] Undelivered"),
      multipart("mixed", [
        multipart("report", [explained, status("failed", "global-delivery-status"), returned]),
        textEntity("plain", "ops mailing list"),
      ]),
    ),
    "forwarded inside": message(
      head("Ops <ops@mailbox.example>", "Fwd: Undelivered"),
      multipart("mixed", [textEntity("plain", "what is this?"), attached(fromPostfix, "inline")]),
    ),
    "forwarded as attachment": message(
      head("Ops <ops@mailbox.example>", "Fwd: Undelivered"),
      multipart("mixed", [textEntity("plain", "what is this?"), attached(fromPostfix, "attachment")]),
    ),
  };
  return [...Object.entries(samples).map(([name, raw]) => ({ name, raw })), ...plainReports(token)];
}
