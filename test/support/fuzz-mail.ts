/** Messages as they come in, made around a mark: what our probe looks like after the ways that mail goes. */
import { composeMime } from "../../src/adapters/mail/compose.ts";
import { createProbe } from "../../src/usecases/mail-probe.ts";
import { SETTINGS } from "./fakes.ts";
import { attached, encodedWords, file, lines, message, multipart, textEntity } from "./fuzz-mime.ts";

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
  const { message } = createProbe({ ...SETTINGS, serverName }, random, 0);
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

/** Each holds the mark whole, and is no report: all of them are proof. */
export function proofs(token: string): Sample[] {
  const mark = `${MARK}${token}`;
  const probe = probeMail(token);
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
    "forwarded by Gmail": message(head(`Fwd: [checker-eu] ${mark}`), multipart("alternative", both)),
    "forwarded by Gmail as attachment": message(
      head("Fwd: 1 message"),
      multipart("mixed", [
        textEntity("plain", "\n"),
        attached(probe, `attachment; filename="[checker-eu].eml"`),
      ]),
    ),
    "forwarded by Outlook": message(
      [...head("FW: hello"), "X-MS-Has-Attach: yes", "Thread-Index: AQHbPg=="],
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
    "forwarded by Apple Mail": message(
      head("Fwd: hello"),
      textEntity("plain", quoted(mark, "Begin forwarded message:").replaceAll(/^/gm, "> ")),
    ),
    "folded in the subject": message(
      head(`Fwd: ${mark.slice(0, 33)}\r\n ${mark.slice(33)}`),
      textEntity("plain", ""),
    ),
    "encoded in the subject": message(
      head(encodedWords(`Wg: Grüße ${mark}`, "B", [12, 30])),
      textEntity("plain", ""),
    ),
    "in base64": message(head("hello"), textEntity("plain", `für ${mark}`, { transfer: "base64" })),
    "in UTF-16": message(
      head("hello"),
      textEntity("plain", `für ${mark}`, { charset: "utf-16le", transfer: "base64" }),
    ),
    "over a list": message(
      [...head(`[ops] ${mark}`), "List-Id: <ops.lists.example>", "Precedence: list"],
      multipart("mixed", [
        textEntity("plain", mark),
        textEntity("plain", "_____\nops mailing list", { charset: "us-ascii" }),
      ]),
    ),
    "signed on the way": message(
      head("hello"),
      multipart("signed", [
        textEntity("plain", quoted(mark, "on")),
        file("application/pkcs7-signature", "sig"),
      ]),
    ),
    "in a digest": message(
      head("ops digest"),
      multipart("digest", [lines("", probe), lines("", message(head("another"), textEntity("plain", "x")))]),
    ),
    "five levels deep": message(
      head("hello"),
      multipart("mixed", [
        multipart("alternative", [textEntity("plain", "hi"), multipart("related", [deep, IMAGE])]),
      ]),
    ),
  };
  return Object.entries(samples).map(([name, raw]) => ({ name, raw }));
}
