import { describe, expect, test } from "vitest";
import { readInbound, type InboundMail } from "../../../src/adapters/mail/read-inbound.ts";
import { findTokens } from "../../../src/domain/loopback.ts";
import { bytes, watchedBody } from "../../support/fakes-http.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const MARK = `checker-loopback-${TOKEN}`;
const FROM = "From: a@example.com";
const REPORT: InboundMail = { ok: false, reason: "this is a report about a message" };

/** What is made of a message of these lines; the body follows the empty one. */
function read(...lines: readonly string[]): Promise<InboundMail> {
  const message = bytes(lines.join("\r\n"));
  return readInbound(watchedBody([message]).stream, message.byteLength);
}

test("a token in the report that a message could not be delivered is no proof that it was", async () => {
  const report = await read(
    "From: postmaster@example.com",
    "Subject: Undelivered Mail Returned to Sender",
    `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`,
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "I'm sorry to have to inform you that your message could not be delivered.",
    "--b",
    "Content-Type: message/delivery-status",
    "",
    "Action: failed",
    "--b",
    "Content-Type: message/rfc822",
    "",
    "From: checker@example.com",
    `Subject: ${MARK}`,
    `X-Checker-Loopback: ${MARK}`,
    "",
    MARK,
    "--b--",
  );
  expect(report).toEqual(REPORT);
});

test.each(["inline", "attachment"])(
  "nor is one in such a report that was forwarded (%s)",
  async (disposition) => {
    const forwarded = await read(
      "From: postmaster@example.com",
      "Subject: Fwd: Undelivered",
      `Content-Type: multipart/mixed; boundary="o"`,
      "",
      "--o",
      "Content-Type: message/rfc822",
      `Content-Disposition: ${disposition}`,
      "",
      "From: postmaster@example.com",
      `Content-Type: multipart/report; report-type=delivery-status; boundary="b"`,
      "",
      "--b",
      "Content-Type: message/delivery-status",
      "",
      "Action: failed",
      "--b",
      "Content-Type: text/rfc822-headers",
      "",
      `Subject: ${MARK}`,
      "--b--",
      "--o--",
    );
    expect(forwarded).toEqual(REPORT);
  },
);

describe("nor is one in a report that is none by RFC 3464:", () => {
  const copy = ["Hi. I'm afraid I wasn't able to deliver your message.", "", `Subject: ${MARK}`, "", MARK];

  test.each<[string, readonly string[]]>([
    [
      "a report with nothing that says of what",
      [FROM, "Content-Type: multipart/report; boundary=b", "", "--b", "", MARK, "--b--"],
    ],
    ["one text from a daemon", ["From: MAILER-DAEMON@mx.example.com", "", ...copy]],
    [
      "one text from a daemon with a name",
      [`From: "Mail Delivery System" <Mailer-Daemon@mx.example.com>`, "", ...copy],
    ],
    ["one text that names who failed", [FROM, "X-Failed-Recipients: ops@example.com", "", ...copy]],
    [
      "an answer of a robot",
      [FROM, `Subject: Re: ${MARK}`, "Auto-Submitted: auto-replied (held)", "", "wait"],
    ],
    ...["global-delivery-status", "disposition-notification", "feedback-report"].map(
      (type): [string, readonly string[]] => [
        `message/${type} inside another multipart`,
        [
          FROM,
          `Content-Type: multipart/mixed; boundary="b"`,
          "",
          "--b",
          `Content-Type: message/${type}`,
          "",
          "Action: failed",
          "--b",
          "",
          MARK,
          "--b--",
        ],
      ],
    ),
  ])("%s", async (_name, lines) => {
    expect(await read(...lines)).toEqual(REPORT);
  });
});

test.each<[string, readonly string[]]>([
  ["a robot sends of itself, as we do,", [FROM, "Auto-Submitted: auto-generated", "", MARK]],
  ["comes from an address that ends like a daemon's", ["From: not-mailer-daemon@example.com", "", MARK]],
  ["quotes a report's headers in its body", [FROM, "", "X-Failed-Recipients: a@example.com", "", MARK]],
])("what %s is no report", async (_name, lines) => {
  const inbound = await read(...lines);
  expect(inbound.ok && [...new Set(inbound.texts.flatMap(findTokens))]).toEqual([TOKEN]);
});
