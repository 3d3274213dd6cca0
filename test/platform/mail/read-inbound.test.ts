import { describe, expect, test } from "vitest";
import { MAX_INBOUND_BYTES, readInbound, type InboundMail } from "../../../src/platform/mail/read-inbound.ts";
import { composeMime } from "../../../src/platform/mail/compose.ts";
import { textsOf } from "../../../src/mail/inbound/inbound-mail.ts";
import { findTokens } from "../../../src/self-check/loopback.ts";
import { FakeRandom, never, SETTINGS } from "../../support/fakes/ports.ts";
import { bytes, watchedBody } from "../../support/fakes/http.ts";
import { createLoopback } from "../../../src/self-check/create-loopback.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";
const MARK = `checker-loopback-${TOKEN}`;

/** A message of these lines; the body follows the empty one. */
function mail(...lines: readonly string[]): Uint8Array {
  return bytes(lines.join("\r\n"));
}

function read(message: Uint8Array, rawSize = message.byteLength): Promise<InboundMail> {
  return readInbound(watchedBody([message]).stream, rawSize);
}

/** The tokens that are found in a message. */
async function tokensIn(message: Uint8Array): Promise<string[]> {
  const inbound = await read(message);
  if (!inbound.ok) throw new Error(inbound.reason);
  return [...new Set(textsOf(inbound.message).flatMap(findTokens))];
}

const FROM = "From: a@example.com";

describe("a token is found", () => {
  test.each<[string, readonly string[]]>([
    ["in the subject", [FROM, `Subject: [checker] ${MARK}`, "", "hello"]],
    ["in the subject of a message without a body", [FROM, `Subject: ${MARK}`]],
    ["in a header", [FROM, `X-Checker-Loopback: ${MARK}`, "", "hello"]],
    ["in the body", [FROM, "Subject: hi", "", "hello", MARK]],
    ["after bare line feeds", [`${FROM}\nSubject: hi\n\nhello\n${MARK}\n`]],
    [
      "in a folded header",
      [FROM, "X-Checker-Loopback: checker-", " loopback-0123456789abcdef", "\t0123456789abcdef", "", "hello"],
    ],
    [
      "in a folded subject",
      [FROM, "Subject: checker-loopback-0123456789", " abcdef0123456789abcdef", "", "hello"],
    ],
    ["in a header of any name", [FROM, `X-Forwarded-Subject: ${MARK}`, "", "hello"]],
    ["in upper case", [FROM, `Subject: ${MARK.toUpperCase()}`, "", "hello"]],
    ["in a wrapped body", [FROM, "", "checker-loopback-0123456789abcdef", "0123456789abcdef"]],
    [
      "in quoted-printable with a soft break inside it",
      [
        FROM,
        "Content-Transfer-Encoding: quoted-printable",
        "",
        "checker-loopback-01234=",
        "56789abcdef01234=35=36789abcdef",
      ],
    ],
    [
      "in base64",
      [FROM, "Content-Type: text/plain", "Content-Transfer-Encoding: base64", "", btoa(`hello\n${MARK}\n`)],
    ],
    [
      "in an encoded subject that is split inside it",
      [
        FROM,
        `Subject: =?UTF-8?B?${btoa("[z] checker-loopback-01234")}?=`,
        ` =?UTF-8?Q?56789abcdef0123456789abcdef?=`,
        "",
        "hello",
      ],
    ],
    [
      "in an encoded header of any name",
      [FROM, `X-Checker-Loopback: =?UTF-8?B?${btoa(MARK)}?=`, "", "hello"],
    ],
    [
      "in the second of two encoded subjects",
      [FROM, "Subject: hi", `Subject: =?UTF-8?Q?${MARK.replace("-", "=2D")}?=`, "", "hello"],
    ],
    [
      "in HTML with tags inside it",
      [
        FROM,
        "Content-Type: text/html",
        "",
        "<p>checker-loopback-<wbr>01234567<b>89abcdef</b>0123<br/>456789abcdef</p>",
      ],
    ],
    [
      "in one of several parts",
      [
        FROM,
        `Content-Type: multipart/alternative; boundary="b"`,
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "nothing here",
        "--b",
        "Content-Type: text/html",
        "",
        `<a href="x">${MARK}</a>`,
        "--b--",
      ],
    ],
  ])("%s", async (_name, lines) => {
    expect(await tokensIn(mail(...lines))).toEqual([TOKEN]);
  });

  test("in the message that Checker itself sends, as it sends it", async () => {
    const { message } = createLoopback({ ...SETTINGS, serverName: "Zürich-東京" }, new FakeRandom(), 0);
    const raw = composeMime(message, "checker@example.com", 0);
    expect(await tokensIn(bytes(raw))).toEqual([message.token]);
    // What a mailbox that forwards leaves of it.
    const stripped = raw.replace(/^X-Checker-Loopback: .*\r\n/m, "").replace(/\r\n\r\n[^]*$/, "\r\n\r\n");
    expect(await tokensIn(bytes(stripped))).toEqual([message.token]);
  });
});

function forwarded(disposition: string): Uint8Array {
  return mail(
    FROM,
    "Subject: Fwd: a message",
    `Content-Type: multipart/mixed; boundary="b"`,
    "",
    "--b",
    "Content-Type: text/plain",
    "",
    "see below",
    "--b",
    "Content-Type: message/rfc822",
    ...(disposition === "" ? [] : [`Content-Disposition: ${disposition}`]),
    "",
    "From: checker@example.com",
    `Subject: [checker] ${MARK}`,
    "",
    "the message itself",
    MARK,
    "--b--",
  );
}

/** A message that was forwarded as attachment so many times. */
function attached(levels: number, message: readonly string[]): Uint8Array {
  if (levels === 0) return mail(...message);
  const head = ["Content-Type: message/rfc822", "Content-Disposition: attachment", ""];
  const type = `Content-Type: multipart/mixed; boundary="b${levels}"`;
  return attached(levels - 1, [FROM, type, "", `--b${levels}`, ...head, ...message, `--b${levels}--`]);
}

describe("a token in a message that was forwarded whole is found", () => {
  test.each(["", "inline", `attachment; filename="message.eml"`])(
    "with the disposition %j",
    async (disposition) => {
      expect(await tokensIn(forwarded(disposition))).toEqual([TOKEN]);
    },
  );

  test.each([1, 3, 15])("as attachments within attachments, %d of them", async (levels) => {
    expect(await tokensIn(attached(levels, [FROM, `Subject: ${MARK}`, "", "hello"]))).toEqual([TOKEN]);
  });

  test("but not in an attached file of another kind", async () => {
    const type = `Content-Type: multipart/mixed; boundary="b"`;
    const part = ["Content-Type: application/octet-stream", "", `Subject: ${MARK}`, "", MARK];
    expect(await tokensIn(mail(FROM, type, "", "--b", ...part, "--b--"))).toEqual([]);
  });

  test("ten levels deep", async () => {
    let inner: readonly string[] = [FROM, `Subject: ${MARK}`, "", MARK];
    for (let level = 0; level < 8; level++) inner = [FROM, "Content-Type: message/rfc822", "", ...inner];
    expect(await tokensIn(mail(...inner))).toEqual([TOKEN]);
  });
});

describe("a message that is too large is refused", () => {
  const tooLarge = { ok: false, reason: "this message is too large" };

  test("by its announced size, unread", async () => {
    const body = watchedBody({ endless: bytes("x") });
    expect(await readInbound(body.stream, MAX_INBOUND_BYTES + 1)).toEqual(tooLarge);
    expect(body.read()).toBe(0);
  });

  test("by what comes, when more comes than was announced, and the rest is let go", async () => {
    const body = watchedBody({ endless: new Uint8Array(64 * 1024) });
    expect(await readInbound(body.stream, 100)).toEqual(tooLarge);
    expect(body.read()).toBe(MAX_INBOUND_BYTES + 64 * 1024);
    expect(body.cancelled()).toBe(true);
  });

  test("also when its stream fails to be let go, or never has done with that", async () => {
    for (const cancel of [() => Promise.reject(new Error("it does not let go")), () => never<void>()]) {
      const stream = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(new Uint8Array(MAX_INBOUND_BYTES)),
        cancel,
      });
      expect(await readInbound(stream, 1_000)).toEqual(tooLarge);
    }
  });

  test("not when it has just the size that is allowed", async () => {
    const head = `Subject: ${MARK}\r\n\r\n`;
    const message = bytes(head + "x".repeat(MAX_INBOUND_BYTES - head.length));
    expect(message.byteLength).toBe(256 * 1024);
    expect((await read(message)).ok).toBe(true);
  });
});

describe("a message with others in it", () => {
  const tooMany = { ok: false, reason: "this message holds too many others" };
  const large = [FROM, "", "x".repeat(MAX_INBOUND_BYTES - 2_000)];

  test("is refused when all of them are more than twice the largest message", async () => {
    expect((await read(attached(1, large))).ok).toBe(true);
    expect(await read(attached(2, large))).toEqual(tooMany);
  });

  test("that hold others in turn, a thousand levels deep, is refused as well", async () => {
    const nested = `${"Content-Type: message/rfc822\r\n\r\n".repeat(1_000)}\r\n${"x".repeat(50_000)}`;
    expect(await read(bytes(nested))).toEqual(tooMany);
  });
});

describe("a message that is none", () => {
  test.each<[string, Uint8Array]>([
    ["nothing", new Uint8Array()],
    ["zeros", new Uint8Array(1000)],
    ["noise", Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256)],
    ["headers without names", bytes(": x\r\n: y\r\n\r\n")],
    ["a boundary that never comes", mail(`Content-Type: multipart/mixed; boundary="b"`, "", "hello")],
    ["base64 that is none", mail("Content-Transfer-Encoding: base64", "", "!!!!")],
    ["an unknown character set", mail("Content-Type: text/plain; charset=klingon", "", "hello")],
    ["an unfinished encoded word", mail("Subject: =?UTF-8?B?", "", "hello")],
  ])("holds no token and harms nothing: %s", async (_name, message) => {
    expect(await tokensIn(message)).toEqual([]);
  });

  test("for its depth or its headers is refused with a reason, not answered with an exception", async () => {
    let deep: readonly string[] = ["", "x"];
    for (let level = 0; level < 30; level++) {
      deep = [
        `Content-Type: multipart/mixed; boundary="b${level}"`,
        "",
        `--b${level}`,
        ...deep,
        `--b${level}--`,
      ];
    }
    const headers = Array.from({ length: 3000 }, (_, i) => `X-Header-${i}: ${"x".repeat(50)}`);
    for (const message of [mail(...deep), mail(...headers, "", "x")]) {
      const inbound = await read(message);
      expect(inbound).toEqual({
        ok: false,
        reason: expect.stringMatching(/^this message cannot be read: \S.{0,79}$/) as string,
      });
    }
  });

  test("of many tags is read in a moment", async () => {
    const html = "<".repeat(200_000);
    const startedMs = performance.now();
    await read(mail("Content-Type: text/html", "", html));
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
