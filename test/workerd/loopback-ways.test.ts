import { describe, expect, test } from "vitest";
import { BASE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["EmailChecker"] } },
  { name: "unset", vars: { JOBS: [], ALERT_CONTACT: "nobody" } },
]);

const NOW = BASE;

/** A probe of "one" as it was mailed: its whole message, its text, and its token with what marks it. */
async function sendLoopback(): Promise<{
  readonly raw: string;
  readonly text: string;
  readonly mark: string;
}> {
  await suite.checker("one").tick(NOW);
  const [probe] = await suite.mails();
  return {
    raw: probe?.raw ?? "",
    text: (probe?.body ?? "").replaceAll("\n", "\r\n"),
    mark: probe?.header("x-checker-loopback") ?? "",
  };
}

/** Why "one" refuses a message, null when it takes it. Whatever becomes of it, nobody is answered. */
async function refusal(
  lines: readonly string[] | string,
  from = "someone@example.net",
): Promise<string | null> {
  const raw = typeof lines === "string" ? lines : lines.join("\r\n");
  const reception = await suite.checker("one").receive(raw, from);
  expect(reception).toMatchObject({ outcome: "ok", forwards: [], replies: [] });
  expect(await suite.mails()).toEqual([]);
  return reception.rejectReason ?? null;
}

/** Head of a message that has nothing of ours. */
const STRIPPED = [
  "From: Someone Else <someone@example.net>",
  "To: one@checker.example",
  "Message-ID: <rewritten@mailbox.example>",
];
const EMPTY = [...STRIPPED, "Subject: hello", "MIME-Version: 1.0"];

function base64(text: string): string {
  return btoa(text).replaceAll(/.{76}/g, "$&\r\n");
}

describe("a probe is recognised however it is passed on", () => {
  test("with the envelope and the Message-ID that Email Sending gives it", async () => {
    const { raw } = await sendLoopback();
    const rewritten = raw.replace(/^Message-ID: .*$/m, "Message-ID: <other@cf-bounce.checker.example>");
    expect(await refusal(rewritten, "bounces@cf-bounce.checker.example")).toBeNull();
    expect(await suite.checker("one").status()).toBe("True");
  });

  test("with Received, DKIM and list headers before it", async () => {
    const { raw } = await sendLoopback();
    const added = [
      "Received: from a.example (a.example [192.0.2.1]) by b.example with ESMTPS id 1; Mon, 23 Nov 2026 00:00:00 +0000",
      "DKIM-Signature: v=1; a=rsa-sha256; d=mailbox.example; s=1; h=from:to; bh=abc=; b=def=",
      "List-Unsubscribe: <mailto:off@mailbox.example>",
      raw,
    ];
    expect(await refusal(added)).toBeNull();
  });

  test("in the subject, when a mailbox has stripped headers and body", async () => {
    const { mark } = await sendLoopback();
    expect(await refusal([...STRIPPED, `Subject: Fwd: [one] ${mark}`, "", ""])).toBeNull();
  });

  test("in the subject, folded in the middle of the token", async () => {
    const { mark } = await sendLoopback();
    const subject = `Subject: Fwd: [one] ${mark.slice(0, 30)}\r\n ${mark.slice(30)}`;
    expect(await refusal([...STRIPPED, subject, "", ""])).toBeNull();
  });

  test("in the subject, as two encoded words", async () => {
    const { mark } = await sendLoopback();
    const word = (text: string): string => `=?UTF-8?B?${btoa(text)}?=`;
    const subject = `Subject: ${word(`Wg: ${mark.slice(0, 25)}`)}\r\n ${word(mark.slice(25))}`;
    expect(await refusal([...STRIPPED, subject, "", ""])).toBeNull();
  });

  test("in its own header, when subject and body were replaced", async () => {
    const { mark } = await sendLoopback();
    expect(await refusal([...EMPTY, `X-Checker-Loopback: ${mark}`, "", "see attached"])).toBeNull();
  });

  test.each<[string, (text: string, mark: string) => readonly string[]]>([
    [
      "in a body of base64",
      (text) => [
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        base64(text),
      ],
    ],
    [
      "in a body of quoted-printable, with a soft line break inside the token",
      (text, mark) => [
        "Content-Type: text/plain",
        "Content-Transfer-Encoding: quoted-printable",
        "",
        text.replace(mark, `${mark.slice(0, 40)}=\r\n${mark.slice(40)}`),
      ],
    ],
    [
      "in a page of HTML, with tags inside the token",
      (text, mark) => [
        "Content-Type: text/html",
        "",
        `<p>${text.replace(mark, `<b>${mark.slice(0, 20)}</b><wbr>${mark.slice(20)}`)}</p>`,
      ],
    ],
  ])("with another sender, %s", async (_where, body) => {
    const { text, mark } = await sendLoopback();
    const head = [...STRIPPED, `Subject: [EXT] [one] ${mark.toUpperCase()}`, "MIME-Version: 1.0"];
    expect(await refusal([...head, ...body(text, mark)])).toBeNull();
  });

  test.each([
    ["inline", "Content-Disposition: inline"],
    ["as an attachment", `Content-Disposition: attachment; filename="probe.eml"`],
  ])("in a whole message forwarded %s", async (_how, disposition) => {
    const { raw } = await sendLoopback();
    const forwarded = [
      ...STRIPPED,
      "Subject: Fwd: a message",
      `Content-Type: multipart/mixed; boundary="b1"`,
      "",
      "--b1",
      "Content-Type: text/plain",
      "",
      "for your information",
      "--b1",
      "Content-Type: message/rfc822",
      disposition,
      "",
      raw,
      "--b1--",
      "",
    ];
    expect(await refusal(forwarded)).toBeNull();
  });

  test("in a message forwarded twice", async () => {
    const { raw } = await sendLoopback();
    const wrap = (inner: string): string =>
      [...STRIPPED, "Subject: Fwd: a message", "Content-Type: message/rfc822", "", inner].join("\r\n");
    expect(await refusal(wrap(wrap(raw)))).toBeNull();
  });
});

describe("what is no probe is refused with a reason", () => {
  test("when it reports that a probe of ours could not be delivered, with all of it inside", async () => {
    const { raw } = await sendLoopback();
    const bounce = [
      ...EMPTY,
      `Content-Type: multipart/report; report-type=delivery-status; boundary="b1"`,
      "",
      "--b1",
      "Content-Type: text/plain",
      "",
      "Your message could not be delivered.",
      "--b1",
      "Content-Type: message/delivery-status",
      "",
      "Final-Recipient: rfc822; one@checker.example",
      "Action: failed",
      "--b1",
      "Content-Type: message/rfc822",
      "",
      raw,
      "--b1--",
      "",
    ];
    expect(await refusal(bounce, "mailer-daemon@mailbox.example")).toBe("this is a report about a message");
    expect(await suite.checker("one").status()).toBe("MailProblem");
  });

  test("when it quotes a probe of ours, as a person's answer does", async () => {
    const { mark } = await sendLoopback();
    const answer = [...STRIPPED, `Subject: Re: [one] ${mark}`, "", "On Monday one wrote:", `> ${mark}`];
    expect(await refusal(answer)).toBe("this is a report about a message");
    expect(await suite.checker("one").status()).toBe("MailProblem");
  });

  test("when it nests without end", async () => {
    let nested = "the end";
    for (let depth = 0; depth < 40; depth++) {
      nested = [
        `Content-Type: multipart/mixed; boundary="b${depth}"`,
        "",
        `--b${depth}`,
        nested,
        `--b${depth}--`,
      ].join("\r\n");
    }
    expect(await refusal([...EMPTY, nested])).toMatch(/^this message cannot be read: /);
  });

  test("when its headers have no end", async () => {
    const headers = Array.from({ length: 25 }, (_, index) => `X-Filler-${index}: ${"x".repeat(8000)}`);
    expect(await refusal([...EMPTY, ...headers, "", "hi"])).toMatch(/^this message cannot be read: /);
  });

  test("when it has nothing in it", async () => {
    expect(await refusal([...STRIPPED, "", ""])).toBe("this address takes no mail");
  });

  test("when it holds thousands of tokens, after a look at ten of them", async () => {
    const { mark } = await sendLoopback();
    const tokens = Array.from(
      { length: 2000 },
      (_, index) => `checker-loopback-${String(index).padStart(32, "0")}`,
    );
    expect(await refusal([...EMPTY, "", ...tokens, mark])).toBe("this is a report about a message");
    const marks = `X-Checker-Loopback: ${[...tokens.slice(0, 10), mark].join("\r\n ")}`;
    expect(await refusal([...EMPTY, marks, "", ""])).toBe("this address takes no mail");
  });

  test("for now, so that its sender tries again, when the instance's own settings are invalid", async () => {
    const reception = await suite.checker("unset").receive([...EMPTY, "", "hi"].join("\r\n"));
    expect(reception).toMatchObject({ outcome: "exception", forwards: [], replies: [] });
    expect(reception.rejectReason).toBeUndefined();
  });
});
