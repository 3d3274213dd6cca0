import { describe, expect, test } from "vitest";
import { readInbound } from "../../src/platform/mail/read-inbound.ts";
import { ownTokens } from "../../src/self-check/own-message.ts";
import { bytes, watchedBody } from "../support/fakes/http.ts";
import { proofs } from "../support/fuzz/mail.ts";
import { toBytes } from "../support/fuzz/mime.ts";
import { reports } from "../support/fuzz/reports.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const MARK = `checker-loopback-${TOKEN}`;
const TEXT = [
  "bar mails itself this message to prove that its mail arrives.",
  "There is nothing to do.",
  "",
  MARK,
];

/** The tokens of ours in a message: none where it is no message of ours. */
async function tokensOf(message: Uint8Array, from: string, serverName = "bar"): Promise<readonly string[]> {
  const inbound = await readInbound(watchedBody([message]).stream, message.byteLength);
  if (!inbound.ok) throw new Error(inbound.reason);
  return ownTokens(inbound.message, { serverName, mailFrom: "Checker@example.com" }, { from });
}

function proven(lines: readonly string[], from = "bounce@mx.mailbox.test"): Promise<readonly string[]> {
  return tokensOf(bytes(lines.join("\r\n")), from);
}

const head = (from: string, subject: string): string[] => [
  `From: ${from}`,
  "To: checker@example.com",
  `Subject: ${subject}`,
];
const OPS = "Ops <ops@mailbox.test>";

describe("our own message is proof", () => {
  test.each(proofs(TOKEN))("$name", async ({ raw }) => {
    const serverName = raw.includes("Zürich") || raw.includes("WsO8cmljaC") ? "Zürich-東京" : "checker-eu";
    expect(await tokensOf(toBytes(raw), "ops@mailbox.test", serverName)).toContain(TOKEN);
  });

  test.each([
    "Fwd:",
    "FW :",
    "Fw[2]:",
    "WG:",
    "TR :",
    "RV:",
    "ENC:",
    "I:",
    "Doorst:",
    "VS:",
    "VB:",
    "VL:",
    "PD:",
    "ΠΡΘ:",
    "İLT:",
    "Пересл:",
    "转发：",
    "轉寄:",
    "転送:",
    "הועבר:",
  ])("with the prefix %s, whatever was written above it", async (prefix) => {
    const subject = `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(`${prefix} [bar] ${MARK}`)))}?=`;
    expect(await proven([...head(OPS, subject), "", "A person's own words."])).toEqual([TOKEN]);
  });

  test.each([
    "[EXTERNAL]",
    "[EXT]",
    "{Spam?}",
    "(extern)",
    "***SPAM***",
    "EXTERNAL:",
    "Suspected Spam:",
    "【外部】",
    "[ops] [EXT]",
  ])("with %s before the subject, from a mailbox that puts itself in From", async (tag) => {
    const subject = `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(`${tag} [bar] ${MARK}`)))}?=`;
    expect(await proven([...head(OPS, subject), "", ...TEXT, "--", "a footer"])).toEqual([TOKEN]);
  });

  test("though its server's name has brackets, or was changed since", async () => {
    expect(
      await tokensOf(
        bytes([...head("checker@example.com", `[a[b]c]] ${MARK}`), "", "x"].join("\r\n")),
        "x@y.z",
        "a[b]c]",
      ),
    ).toEqual([TOKEN]);
    expect(await proven([...head("checker@example.com", `[before] ${MARK}`), "", "x"])).toEqual([TOKEN]);
  });

  test.each(["", "<>", "MAILER-DAEMON@relay.test"])(
    "with the envelope %j, where its author is named",
    async (from) => {
      expect(await proven([...head("checker@example.com", `[bar] ${MARK}`), "", ...TEXT], from)).toEqual([
        TOKEN,
      ]);
      expect(await proven([...head(OPS, `Fwd: [bar] ${MARK}`), "", ...TEXT], from)).toEqual([TOKEN]);
    },
  );
});

describe("what is not our own message is no proof", () => {
  const samples = reports(TOKEN);

  test.each(["", "mailer-daemon@mx.test", "bounce@mx.mailbox.test", "ops@mailbox.example"])(
    "from the envelope sender %j, of all reports",
    async (from) => {
      const wrong: string[] = [];
      for (const { name, raw } of samples) {
        if ((await tokensOf(toBytes(raw), from, "checker-eu")).length > 0) wrong.push(name);
      }
      expect(samples.length).toBeGreaterThan(40);
      expect(wrong).toEqual([]);
    },
  );

  test("with our text and our subject, from a mail server", async () => {
    const copy = [...head(OPS, `[bar] ${MARK}`), "", ...TEXT];
    expect(await proven(copy)).toEqual([TOKEN]);
    for (const from of ["", "<>", "postmaster@mx.test"]) expect(await proven(copy, from)).toEqual([]);
  });

  test.each([
    "Undeliverable:",
    "Auto:",
    "Re:",
    "AW:",
    "Fwd: Re:",
    "Delayed -",
    "Out of Office",
    "自動返信:",
    "?",
  ])("with %s before our subject", async (words) => {
    const subject = `=?UTF-8?B?${btoa(String.fromCharCode(...new TextEncoder().encode(`${words} [bar] ${MARK}`)))}?=`;
    for (const from of [OPS, "checker@example.com"]) {
      expect(await proven([...head(from, subject), "", "I am away.", ...TEXT])).toEqual([]);
    }
  });

  test.each([
    "X-Failed-Recipients: ops@mailbox.test",
    "Auto-Submitted: auto-replied (vacation)",
    "Auto-Submitted: Auto-Notified",
    "X-Autoreply: yes",
    "X-Auto-Respond: yes",
    "Precedence: auto_reply",
    "Content-Type: multipart/report; boundary=b",
  ])("with the header %s", async (header) => {
    expect(await proven([...head("checker@example.com", `Fwd: [bar] ${MARK}`), header, "", ...TEXT])).toEqual(
      [],
    );
  });

  test.each(["global-delivery-status", "delivery-status", "disposition-notification", "feedback-report"])(
    "with a part message/%s, however deep",
    async (type) => {
      const part = ["--b", `Content-Type: message/${type}`, "", "Action: failed"];
      const inner = [
        ...head("checker@example.com", `[bar] ${MARK}`),
        "Content-Type: multipart/mixed; boundary=b",
        "",
        ...part,
        "--b--",
      ];
      const outer = [
        ...head(OPS, `Fwd: [bar] ${MARK}`),
        "Content-Type: multipart/mixed; boundary=o",
        "",
        "--o",
      ];
      expect(await proven(inner)).toEqual([]);
      expect(await proven([...outer, "Content-Type: message/rfc822", "", ...inner, "--o--"])).toEqual([]);
    },
  );
});
