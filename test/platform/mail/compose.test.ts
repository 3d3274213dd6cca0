import PostalMime, { type Email } from "postal-mime";
import { describe, expect, test } from "vitest";
import { composeMime } from "../../../src/platform/mail/compose.ts";
import type { Mail } from "../../../src/mail/message.ts";
import { at } from "../../support/fakes/ports.ts";

const MESSAGE: Mail = {
  id: "0123456789abcdef",
  to: "ops@example.com",
  subject: "[checker-eu] Ping failed",
  body: "Ping failed.\n\nReason: refused\n",
  token: null,
};

function raw(changes: Partial<Mail> = {}, from = "checker@example.com"): string {
  return composeMime({ ...MESSAGE, ...changes }, from, at("2026-11-23 10:00:07"));
}

function parsed(changes: Partial<Mail> = {}, from?: string): Promise<Email> {
  return PostalMime.parse(raw(changes, from));
}

/** The body as the recipient reads it: on the wire its lines end in CR LF. */
async function readBody(body: string): Promise<string | undefined> {
  return (await parsed({ body })).text?.replaceAll("\r\n", "\n");
}

function headerBlock(text: string): string {
  return text.slice(0, text.indexOf("\r\n\r\n"));
}

/** Header names in order, unfolded. */
function headerNames(text: string): string[] {
  return [...headerBlock(text).matchAll(/^([\w-]+):/gm)].map((match) => (match[1] ?? "").toLowerCase());
}

const NAMES = [
  "auto-submitted",
  "content-transfer-encoding",
  "content-type",
  "date",
  "from",
  "message-id",
  "mime-version",
  "subject",
  "to",
  "x-auto-response-suppress",
  "x-checker-mail",
];

function sorted(texts: readonly string[]): string[] {
  return texts.toSorted((a, b) => (a < b ? -1 : 1));
}

describe("a message", () => {
  test("carries its parts, its time and the wish that no robot answers", async () => {
    const mail = await parsed();
    expect(mail.from).toEqual({ address: "checker@example.com", name: "" });
    expect(mail.to).toEqual([{ address: "ops@example.com", name: "" }]);
    expect(mail.subject).toBe("[checker-eu] Ping failed");
    expect(mail.text).toBe("Ping failed.\n\nReason: refused\n");
    expect(mail.html).toBeUndefined();
    expect(mail.messageId).toBe("<0123456789abcdef@example.com>");
    // The service replaces the Message-ID; this one it leaves.
    expect(mail.headers.find((header) => header.key === "x-checker-mail")?.value).toBe("0123456789abcdef");
    expect(mail.date).toBe("2026-11-23T10:00:07.000Z");
    expect(mail.headers.find((header) => header.key === "auto-submitted")?.value).toBe("auto-generated");
    // All that Exchange would answer by itself, but for the report that it could not deliver.
    expect(mail.headers.find((header) => header.key === "x-auto-response-suppress")?.value).toBe(
      "DR, RN, NRN, OOF, AutoReply",
    );
    expect(sorted(headerNames(raw()))).toEqual(NAMES);
  });

  test("has its date in the form of RFC 5322", () => {
    expect(headerBlock(raw())).toMatch(/^Date: Mon, 23 Nov 2026 10:00:07 \+0000$/m);
  });

  test("is plain text in UTF-8", () => {
    expect(headerBlock(raw())).toMatch(/^content-type: text\/plain; charset="?utf-8"?/im);
  });

  test("that is a probe carries its token in a header too", async () => {
    const token = "0123456789abcdef0123456789abcdef";
    const mail = await parsed({ token });
    expect(mail.headers.find((header) => header.key === "x-checker-loopback")?.value).toBe(
      `checker-loopback-${token}`,
    );
  });

  test.each([
    "Zürich ist kaputt",
    "東京のサーバーが応答しません",
    "🚒 Feuer 🔥",
    "=?UTF-8?B?ZXZpbA==?=",
    "a =?b?= c",
    "ü",
    "x".repeat(200),
    "x".repeat(201),
    "x".repeat(400),
    `${"ü".repeat(180)} 🚒`,
  ])("keeps its subject whatever it is: %s", async (subject) => {
    expect((await parsed({ subject })).subject).toBe(subject);
  });

  test("keeps a body in any language, encoded", async () => {
    const body = "Ursache: für 東京 🚒\nEnde\n";
    expect(await readBody(body)).toBe(body);
    expect(headerBlock(raw({ body }))).toMatch(/^content-transfer-encoding: base64$/im);
    expect(headerBlock(raw())).toMatch(/^content-transfer-encoding: 7bit$/im);
  });

  test("keeps a body that is empty, or a dot, or looks like headers", async () => {
    for (const body of ["\n", ".\n", "\n\nSubject: x\n\ny\n", "From me to you\n"]) {
      expect(await readBody(body)).toBe(body);
    }
  });

  test("keeps a very long line, encoded", async () => {
    const body = `${"word ".repeat(1000)}\n`;
    expect(await readBody(body)).toBe(body);
  });

  test("keeps a body of a megabyte", async () => {
    const body = "Zeile für Zeile\n".repeat(65_536);
    // Compared here, since a difference of this size is not to be shown.
    expect((await readBody(body)) === body).toBe(true);
  });
});

describe("on the wire", () => {
  const all = [
    {},
    { body: `${"x".repeat(900)}\n` },
    { body: `${"x".repeat(901)}\n` },
    { body: `${"x".repeat(5000)}\n` },
    { body: "ü".repeat(5000) },
    { subject: "x".repeat(400) },
    { subject: "東京".repeat(200) },
    { to: `${"a".repeat(242)}@example.com` },
    { token: "f".repeat(32) },
  ];

  test.each(all)("no line is longer than 998 characters (%#)", (changes) => {
    const lines = raw(changes).split("\r\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(998);
  });

  test("a subject in ASCII is encoded only where it is too long for a line", () => {
    expect(raw({ subject: "x".repeat(200) })).toContain(`\r\nSubject: ${"x".repeat(200)}\r\n`);
    expect(raw({ subject: "x".repeat(201) })).toContain("\r\nSubject: =?UTF-8?B?");
  });

  test("lines that hold an encoded word are at most 76 characters long, as full as they may be", () => {
    const lines = headerBlock(raw({ subject: "y".repeat(400) }))
      .split("\r\n")
      .filter((line) => line.includes("=?"));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(76);
    expect(lines[0]?.length).toBeGreaterThan(66);
  });

  test("no line of base64 is longer than 76 characters", () => {
    const text = raw({ body: "ü".repeat(5000) });
    const lines = text.slice(text.indexOf("\r\n\r\n")).trim().split("\r\n");
    expect(lines.length).toBeGreaterThan(100);
    expect(Math.max(...lines.map((line) => line.length))).toBe(76);
  });

  test.each(all)("all is ASCII (%#)", (changes) => {
    expect(raw(changes)).toMatch(/^[\x20-\x7e\r\n\t]*$/);
  });

  test.each([...all, { body: "one\rtwo\n" }, { body: "one\r\ntwo\n\n" }])(
    "CR and LF stand together only (%#)",
    (changes) => {
      expect(raw(changes).replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    },
  );

  test.each(["東京のサーバー".repeat(30), "🚒".repeat(100), `a${"🚒".repeat(100)}`, "y".repeat(400)])(
    "a long subject is split into encoded words of 75 characters, each of whole characters: %s",
    (subject) => {
      const [, value = ""] = /^Subject: ((?:.|\r\n )*)/m.exec(raw({ subject })) ?? [];
      const words = value.split("\r\n ");
      expect(words.length).toBeGreaterThan(3);
      for (const word of words) {
        expect(word.length).toBeLessThanOrEqual(75);
        const [, base64 = ""] = /^=\?UTF-8\?B\?([\w+/=]+)\?=$/.exec(word) ?? [];
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        expect(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)).not.toBe("");
      }
    },
  );
});

describe("nothing from outside adds a header:", () => {
  const EVIL = "\r\nBcc: all@example.org\r\nX-Evil: 1";

  test.each<[string, Partial<Mail>, string?]>([
    ["a subject", { subject: `it said${EVIL}` }],
    ["a subject with bare line ends", { subject: "it said\nBcc: all@example.org\rX-Evil: 1" }],
    ["a subject with other separators", { subject: "it said\u2028Bcc: all@example.org\u0085X-Evil: 1" }],
    ["a subject that ends its header", { subject: "it said\r\n\r\nanother body" }],
    ["a subject in another language", { subject: `für${EVIL}` }],
    ["a recipient", { to: `ops@example.com${EVIL}` }],
    ["a sender", {}, `checker@example.com${EVIL}`],
    ["a body", { body: `.${EVIL}\r\n\r\n.\r\nBcc: all@example.org\n` }],
    ["a body that begins so", { body: `${EVIL}\n` }],
  ])("%s", (_name, changes, from) => {
    expect(sorted(headerNames(raw(changes, from)))).toEqual(NAMES);
  });

  test("a subject is one line of at most 400 characters", async () => {
    const subject = async (text: string): Promise<string | undefined> =>
      (await parsed({ subject: text })).subject;
    expect(await subject(`it said${EVIL}`)).toBe("it said Bcc: all@example.org X-Evil: 1");
    expect(await subject("y".repeat(401))).toBe(`${"y".repeat(399)}…`);
  });

  test("a recipient stays one", async () => {
    const mail = await parsed({ to: "ops@example.com" });
    expect(mail.to).toHaveLength(1);
    expect(mail.bcc).toBeUndefined();
    expect(mail.cc).toBeUndefined();
  });
});
