/** Messages as they come in, made around a mark: what our probe looks like after the ways that mail goes. */
import { composeMime } from "../../../src/platform/mail/compose.ts";
import { loopbackText } from "../../../src/self-check/loopback.ts";
import { createLoopback } from "../../../src/self-check/create-loopback.ts";
import { SETTINGS } from "../fakes/ports.ts";
import { attached, encodedWords, file, lines, message, multipart, textEntity } from "./mime.ts";

export interface Sample {
  readonly name: string;
  /** One character for each byte. */
  readonly raw: string;
}

export const MARK = "checker-loopback-";

/** Our probe with this token, as it is sent. */
export function probeMail(token: string, serverName = "checker-eu"): string {
  const tokens = [token, "the-id-of-it"];
  const random = { number: () => 0.5, token: () => tokens.shift() ?? "" };
  const { message } = createLoopback({ ...SETTINGS, serverName }, random, 0);
  return composeMime(message, "checker@example.com", 0);
}

const RECEIVED = lines(
  "Received: from mta.example.net (mta.example.net [192.0.2.7])",
  "\tby mx.example.com (Postfix) with ESMTPS id 4XyZ12abcd",
  "\tfor <checker@example.com>; Tue, 24 Nov 2026 00:00:01 +0000 (UTC)",
  "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.net; s=20230601;",
  "        h=to:subject:message-id:date:from; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;",
  "        b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR",
  'ARC-Seal: i=1; a=rsa-sha256; t=1; cv=none; d=example.net; s="arc"; b=abc=',
);

function head(subject: string, from = "Ops <ops@mailbox.example>"): string[] {
  return [
    RECEIVED,
    "Message-ID: <CAHk=9f2@mail.example>",
    "Date: Tue, 24 Nov 2026 00:00:02 +0000",
    `Subject: ${subject}`,
    `From: ${from}`,
    "To: checker@example.com",
  ];
}

/** What stands in a mail program that forwards "inline". */
function quoted(mark: string, title: string): string {
  return [
    "",
    title,
    "From: <checker@example.com>",
    "Date: Tue, Nov 24, 2026 at 1:00 AM",
    `Subject: [checker-eu] ${mark}`,
    "To: <ops@mailbox.example>",
    "",
    "checker-eu mails itself this message to prove that its mail arrives.",
    "There is nothing to do.",
    "",
    mark,
    "",
  ].join("\n");
}

function gmailHtml(mark: string): string {
  return (
    `<div dir="ltr"><br><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded ` +
    `message ---------<br>From: <span dir="auto">&lt;<a href="mailto:checker@example.com">checker@example.com` +
    `</a>&gt;</span><br>Subject: [checker-eu] ${mark.slice(0, 20)}<wbr>${mark.slice(20)}<br></div>There is ` +
    `nothing to do.<br><br>${mark.slice(0, 30)}<wbr>${mark.slice(30)}<br></div></div>`
  );
}

function outlookHtml(mark: string): string {
  return (
    `<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style><!--\n@font-face{font-family:` +
    `Calibri}\n--></style></head><body lang="EN-US"><p class="MsoNormal"><o:p>&nbsp;</o:p></p><div style="` +
    `border-top:solid #E1E1E1 1.0pt"><b>From:</b> checker@example.com<br><b>Subject:</b> [checker-eu] ` +
    `${mark}</div><p>Gr&uuml;&szlig;e, ${mark}</p><img src="cid:image001.png@01DB"></body></html>`
  );
}

const IMAGE = `${file("image/png", "PNG of nothing")}\r\nContent-ID: <image001.png@01DB>`;

/** A message within so many others, as a part of each or as a message of its own. */
export function nested(raw: string, how: "part" | "message", times: number): string {
  if (times === 0) return raw;
  const inner = how === "part" ? raw : attached(raw);
  return nested(message(head("Fwd: hello"), multipart("mixed", [inner])), how, times - 1);
}

/** Our own message, passed on in ways of the world: all of them are proof. */
export function proofs(token: string): Sample[] {
  const mark = `${MARK}${token}`;
  const subject = `[checker-eu] ${mark}`;
  const probe = probeMail(token);
  const ownText = textEntity("plain", loopbackText("checker-eu", mark));
  const stripped = probe.replace(/^X-Checker-(Loopback|Mail): .*\r\n/gm, "");
  const fromOther = (from: string): string => stripped.replace(/^From: .*$/m, `From: ${from}`);
  const both = [
    textEntity("plain", quoted(mark, "---------- Forwarded message ---------")),
    textEntity("html", gmailHtml(mark)),
  ];
  const [outlook, deep] = [
    textEntity("html", outlookHtml(mark)),
    multipart("mixed", [textEntity("plain", "see inside"), attached(probe)]),
  ];
  const samples: Record<string, string> = {
    "as sent": probe,
    "as sent by Zürich": probeMail(token, "Zürich-東京"),
    "through relays": lines(RECEIVED, probe),
    "through a relay that empties Return-Path": lines("Return-Path: <>", RECEIVED, probe),
    "without our headers": stripped,
    "without our headers and our text": message(
      head(subject, "checker@example.com"),
      textEntity("plain", ""),
    ),
    "with a subject that is gone": stripped.replace(/^Subject: .*$/m, "Subject: (none)"),
    "with a warning before the subject and the text": message(
      head(`[EXTERNAL] ***SPAM*** EXT: ${subject}`, "Checker <Checker@Example.com>"),
      textEntity("html", `<b>CAUTION: external sender</b><pre>${loopbackText("checker-eu", mark)}</pre>`),
    ),
    "in a warning of a spam filter": message(
      head(`*****SPAM***** ${subject}`, "checker@example.com"),
      multipart("mixed", [textEntity("plain", "This looks like spam."), attached(probe)]),
    ),
    "from a mailbox that puts itself in From": fromOther("Ops <ops@mailbox.example>"),
    "from an alias that hides our address": message(
      head(subject, '"checker(at)example.com via Alias" <x7f3@alias.example>'),
      textEntity("html", `<p>sent to you by checker@example.com</p><pre>${mark}</pre>`),
    ),
    "from a relay that keeps the author apart": message(
      [...head(subject), "X-Original-From: <checker@example.com>"],
      textEntity("html", `<p>relayed</p>${mark}`),
    ),
    "forwarded by Gmail": message(head(`Fwd: ${subject}`), multipart("alternative", both)),
    "forwarded by a filter of Gmail": lines(
      "X-Forwarded-For: ops@mailbox.example checker@example.com",
      probe,
    ),
    "forwarded by Gmail as attachment": message(
      head(`Fwd: ${subject}`),
      multipart("mixed", [
        textEntity("plain", "\n"),
        attached(probe, `attachment; filename="[checker-eu].eml"`),
      ]),
    ),
    "forwarded by Outlook": message(
      [...head(`FW: ${subject}`), "X-MS-Has-Attach: yes", "Thread-Index: AQHbPg=="],
      multipart(
        "related",
        [multipart("alternative", [textEntity("plain", quoted(mark, "____")), outlook]), IMAGE],
        ';\r\n\ttype="multipart/alternative"',
      ),
    ),
    "forwarded by Outlook as attachment": message(
      head("FW: hello"),
      multipart("mixed", [outlook, attached(probe, "attachment")]),
    ),
    "forwarded by a rule of Exchange": message(
      [
        ...head(`FW: ${subject}`),
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent",
      ],
      textEntity("plain", quoted(mark, "")),
    ),
    "forwarded by Apple Mail": message(
      head(`Fwd: ${subject}`),
      textEntity("plain", quoted(mark, "Begin forwarded message:").replaceAll(/^/gm, "> ")),
    ),
    "forwarded by Pine": message(head(`${subject} (fwd)`), ownText),
    "forwarded twice": message(head(`WG: Fw: Fwd[2]: ${subject}`), ownText),
    "forwarded in Chinese": message(head(encodedWords(`转发：${subject}`, "B", [3])), ownText),
    "folded in the subject": message(
      head(`Fwd: ${mark.slice(0, 33)}\r\n ${mark.slice(33)}`),
      textEntity("plain", ""),
    ),
    "encoded in the subject": message(
      head(encodedWords(`Wg: [Zürich] ${mark}`, "B", [12, 30])),
      textEntity("plain", ""),
    ),
    "in base64": message(
      head(subject),
      textEntity("plain", loopbackText("checker-eu", mark), { transfer: "base64" }),
    ),
    "in UTF-16": message(
      head(subject),
      textEntity("plain", loopbackText("checker-eu", mark), { charset: "utf-16le", transfer: "base64" }),
    ),
    "over a list": message(
      [...head(`[ops] ${subject}`), "List-Id: <ops.lists.example>", "Precedence: list"],
      multipart("mixed", [
        textEntity("plain", mark),
        textEntity("plain", "_____\nops mailing list", { charset: "us-ascii" }),
      ]),
    ),
    "over a list that wraps it": message(
      [...head(`[ops] ${subject}`, "ops@lists.example"), "List-Id: <ops.lists.example>"],
      lines("Content-Type: message/rfc822", "", probe),
    ),
    "signed on the way": message(
      head(`Fwd: ${subject}`),
      multipart("signed", [
        textEntity("plain", quoted(mark, "on")),
        file("application/pkcs7-signature", "sig"),
      ]),
    ),
    "five levels deep": message(
      head("Fwd: hello"),
      multipart("mixed", [
        multipart("alternative", [textEntity("plain", "hi"), multipart("related", [deep, IMAGE])]),
      ]),
    ),
  };
  return Object.entries(samples).map(([name, raw]) => ({ name, raw }));
}
