import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readInbound, type InboundMail } from "../../src/platform/mail/read-inbound.ts";
import { textsOf } from "../../src/mail/inbound/inbound-mail.ts";
import { findTokens } from "../../src/self-check/loopback.ts";
import { watchedBody } from "../support/fakes/http.ts";
import { MARK } from "../support/fuzz/mail.ts";
import { toBytes } from "../support/fuzz/mime.ts";
import { cpuMsOf, fuzz, FUZZ } from "../support/fuzz/runs.ts";

const TOKEN = "9f86d081884c7d659a2feaa0c55ad015";
const SUBJECT = `Subject: ${MARK}${TOKEN}\r\n`;
const MIB = 1024 * 1024;

/**
 * Linear work on as much as is ever parsed of one message, twice the largest, is well below it even where
 * other work slows the machine; quadratic work, and a message parsed once for each level, are far above.
 */
const MAX_CPU_MS = 15_000;

async function read(raw: string, rawSize = raw.length): Promise<InboundMail> {
  return readInbound(watchedBody([toBytes(raw)]).stream, rawSize);
}

describe("a message made to be too much", () => {
  const headers = (value: string): string =>
    Array.from({ length: 10_000 }, (_, i) => `X-${i}: ${value}\r\n`).join("");

  test("is read with 10,000 headers, the one with the token last", async () => {
    const inbound = await read(`${headers("")}${SUBJECT}\r\nhello`);
    expect(inbound.ok && textsOf(inbound.message).flatMap(findTokens)).toEqual([TOKEN]);
  });

  const tooLarge = "this message is too large";
  test.each([
    ["10,000 longer headers", `${headers("a".repeat(60))}${SUBJECT}\r\nhello`, tooLarge],
    ["a header of 1 MiB", `X-Long: ${"a".repeat(MIB)}\r\n${SUBJECT}\r\nhello`, tooLarge],
    ["a body of 1 MiB", `${SUBJECT}\r\n${"hello\r\n".repeat(MIB / 7)}`, tooLarge],
    ["a body of 1 MiB without a line end", `${SUBJECT}\r\n${"a".repeat(MIB)}`, tooLarge],
    ["1 MiB of zeros", "\0".repeat(MIB), tooLarge],
    [
      "a message in 40 messages",
      `${"Content-Type: message/rfc822\r\n\r\n".repeat(40)}${SUBJECT}\r\n${"a".repeat(MIB / 8)}`,
      "this message holds too many others",
    ],
    [
      "a header of 200 KiB",
      `X-Long: ${"a".repeat(MIB / 5)}\r\n${SUBJECT}\r\nhello`,
      "this message cannot be read: Maximum header size of 131072 bytes exceeded",
    ],
  ])("is refused with %s, whatever size it was announced with", async (_what, raw, reason) => {
    for (const rawSize of [raw.length, 100, 0, -1, Number.NaN]) {
      expect([rawSize, await read(raw, rawSize)]).toEqual([
        rawSize,
        rawSize > 256 * 1024 ? { ok: false, reason: tooLarge } : { ok: false, reason },
      ]);
    }
  });
});

/** What is repeated. Most are harmless once. */
const UNITS = [
  ["\n", "\r", " ", "\t", "\r\n ", " \r\n", "a", "a ", "a:b", "a@b", ",", ";", ":", "<", ">", "(", ")"],
  ['"', "\\", "=", "==", "=\r\n", "=41", "=?", "?=", "=?a?q?", "=?utf-8?q?a?=", "=?utf-8?b?/w==?=", "&"],
  ["&lt;", "&#x41;", "<a ", "<a>", "</a>", "<!--", "-->", "<style>", "<script ", "<ul><li>", "<br>", "-- "],
  ["--b", "--b\r\n\r\n", "--b--\r\n", "Q", "QUFB", "\0", "\xff", "a*0*=u''%41;", "a=b;", MARK],
].flat();

const html = "Content-Type: text/html\r\n\r\n";
const mixed = 'Content-Type: multipart/mixed; boundary="b"\r\n\r\n';

/** Where it is repeated. */
const CONTAINERS: Readonly<Record<string, (content: string) => string>> = {
  "an address": (content) => `To: ${content}\r\n\r\nx`,
  "a subject": (content) => `Subject: ${content}\r\n\r\nx`,
  "a type": (content) => `Content-Type: text/plain; ${content}\r\n\r\nx`,
  "a date": (content) => `Date: ${content}\r\n\r\nx`,
  headers: (content) => `${content}\r\n\r\nx`,
  "a body": (content) => `\r\n${content}`,
  "an HTML body": (content) => `${html}${content}`,
  "HTML beside a text": (content) => `${mixed}--b\r\n\r\nx\r\n--b\r\n${html}${content}\r\n--b--`,
  "a text beside HTML": (content) => `${mixed}--b\r\n${html}x\r\n--b\r\n\r\n${content}\r\n--b--`,
  "a base64 body": (content) => `Content-Transfer-Encoding: base64\r\n\r\n${content}`,
  "a quoted-printable body": (content) => `Content-Transfer-Encoding: quoted-printable\r\n\r\n${content}`,
  "a flowed body": (content) => `Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n${content}`,
  "a multipart": (content) => `${mixed}${content}`,
  "a digest": (content) => `Content-Type: multipart/digest; boundary="b"\r\n\r\n${content}`,
  "a message in 40 messages": (content) =>
    `${"Content-Type: message/rfc822\r\n\r\n".repeat(40)}\r\n${content}`,
};

test("whatever is repeated wherever in a message, reading it ends in bounded time", FUZZ, async () => {
  await fuzz(
    24,
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(CONTAINERS)),
      fc.array(fc.constantFrom(...UNITS), { minLength: 1, maxLength: 2 }),
      fc.constantFrom(4, 16, 120),
      async (container, units, kib) => {
        const unit = units.join("");
        const content = unit.repeat(Math.ceil((kib * 1024) / unit.length));
        const raw = CONTAINERS[container]?.(content) ?? "";
        const cpuMs = await cpuMsOf(async () => {
          const inbound = await read(raw);
          return inbound.ok && textsOf(inbound.message).flatMap(findTokens);
        });
        expect(cpuMs).toBeLessThan(MAX_CPU_MS);
      },
    ),
    false,
  );
});
