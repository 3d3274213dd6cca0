import { describe, expect, test } from "vitest";
import { probeTls } from "../../../src/probes/tls/tls-probe.ts";
import { replay, scriptedNetwork, type Serve } from "../../support/network/scripted.ts";
import { contextOver, said, targetAt } from "./probing.ts";

/** The random that makes a ServerHello a HelloRetryRequest: SHA-256 of "HelloRetryRequest". */
const RETRY = [
  0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2,
  0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

async function scripted(serve: Serve): Promise<string> {
  return said(await probeTls(targetAt(443), contextOver(scriptedNetwork(serve))));
}

function inRecord(messages: readonly number[]): number[] {
  return [22, 3, 3, 0, messages.length, ...messages];
}

/** A ServerHello with suite 0x1301 or another, which the parser of TLS 1.2 does not look at. */
function serverHello(
  version: number,
  random?: readonly number[],
  extensions: readonly number[] = [],
  suite = 0x01,
): number[] {
  const body = [
    version >> 8,
    version & 0xff,
    ...(random ?? Array.from({ length: 32 }, () => 5)),
    0,
    0x13,
    suite,
    0,
    ...(extensions.length === 0 ? [] : [extensions.length >> 8, extensions.length & 0xff, ...extensions]),
  ];
  return [2, 0, body.length >> 8, body.length & 0xff, ...body];
}

describe("a server out of its mind", () => {
  const certificateMessage = [11, 0, 0, 3, 0, 0, 0];

  test.each([
    [
      "sends no certificate",
      [...serverHello(0x0303), ...certificateMessage],
      "the server sent no certificate",
    ],
    [
      "sends another message first",
      certificateMessage,
      "malformed TLS handshake: message 11 instead of ServerHello",
    ],
    [
      "sends another message than its certificate",
      [...serverHello(0x0303), 14, 0, 0, 0],
      "malformed TLS handshake: message 14 instead of Certificate",
    ],
    ["chooses SSL 3.0", serverHello(0x0300), "unsupported TLS handshake: the server chose version 0x0300"],
    ["sends a hello too short", [2, 0, 0, 2, 3, 3], "malformed TLS handshake: ServerHello ends too early"],
    [
      "sends what is no certificate",
      [...serverHello(0x0303), 11, 0, 0, 8, 0, 0, 5, 0, 0, 2, 0x30, 0],
      "the server's certificate cannot be read",
    ],
    [
      "sends a certificate longer than its message",
      [...serverHello(0x0303), 11, 0, 0, 6, 0, 0, 3, 0, 0, 9],
      "malformed TLS handshake: the Certificate message ends too early",
    ],
  ])("%s: down", async (_what, messages, reason) => {
    const bytes = new Uint8Array(inRecord(messages));
    expect(await scripted(replay(bytes))).toBe(`down: ${reason}`);
  });

  test.each([
    ["application data", [23, 3, 3, 0, 1, 0], "malformed TLS handshake: an encrypted record before the keys"],
    ["an empty record", [22, 3, 3, 0, 0], "malformed TLS handshake: an empty record"],
  ])("sends %s: down", async (_what, more, reason) => {
    const bytes = new Uint8Array([...inRecord(serverHello(0x0303)), ...more]);
    expect(await scripted(replay(bytes))).toBe(`down: ${reason}`);
  });

  test.each([
    [
      "a group that nobody knows",
      [0, 51, 0, 2, 0x2a, 0x2a],
      "unsupported TLS handshake: the server wants key exchange group 10794",
    ],
    [
      "a group that was offered",
      [0, 51, 0, 2, 0, 0x1d],
      "malformed TLS handshake: a HelloRetryRequest that changes nothing",
    ],
    ["nothing", [], "malformed TLS handshake: a HelloRetryRequest that changes nothing"],
    [
      "a group, again and again",
      [0, 51, 0, 2, 0, 0x18],
      "malformed TLS handshake: a second HelloRetryRequest",
    ],
    [
      "a cookie, again and again",
      [0, 44, 0, 3, 0, 1, 7],
      "malformed TLS handshake: a second HelloRetryRequest",
    ],
  ])("asks in TLS 1.3 for %s: down", async (_what, extension, reason) => {
    const hello = serverHello(0x0303, RETRY, [0, 43, 0, 2, 3, 4, ...extension]);
    const bytes = new Uint8Array(inRecord(hello));
    const serve: Serve = (index, answer) => () =>
      answer(index === 0 ? new Uint8Array([21, 3, 3, 0, 2, 2, 70]) : bytes);
    expect(await scripted(serve)).toBe(
      `down: no certificate over TLS 1.2: alert 70 (protocol_version); over TLS 1.3: ${reason}`,
    );
  });

  test.each([
    [
      "a key of the wrong length",
      [0, 51, 0, 6, 0, 0x1d, 0, 2, 1, 2],
      "malformed TLS handshake: the server's key is none for X25519",
    ],
    [
      "a key of small order",
      [0, 51, 0, 36, 0, 0x1d, 0, 32, ...Array.from({ length: 32 }, () => 0)],
      "malformed TLS handshake: the server's key is none for X25519",
    ],
    [
      "a key that is no point",
      [0, 51, 0, 69, 0, 0x17, 0, 65, 4, ...Array.from({ length: 64 }, () => 1)],
      "malformed TLS handshake: the server's key is none for P-256",
    ],
    [
      "a key for a group not offered",
      [0, 51, 0, 5, 0, 0x18, 0, 1, 4],
      "malformed TLS handshake: a key share that was not offered",
    ],
    ["no key", [], "malformed TLS handshake: a key share that was not offered"],
  ])("answers in TLS 1.3 with %s: down", async (_what, extension, reason) => {
    const hello = serverHello(0x0303, undefined, [0, 43, 0, 2, 3, 4, ...extension]);
    const bytes = new Uint8Array(inRecord(hello));
    const serve: Serve = (index, answer) => () =>
      answer(index === 0 ? new Uint8Array([21, 3, 3, 0, 2, 2, 70]) : bytes);
    expect(await scripted(serve)).toBe(
      `down: no certificate over TLS 1.2: alert 70 (protocol_version); over TLS 1.3: ${reason}`,
    );
  });

  test.each([
    ["a retry", RETRY, [0, 51, 0, 2, 0x11, 0xec]],
    ["a key", undefined, [0, 51, 0, 5, 0x11, 0xec, 0, 1, 4]],
  ])(
    "answers in TLS 1.3 with %s for a group that Workers lack: inconclusive",
    async (_what, random, extension) => {
      const hello = serverHello(0x0303, random, [0, 43, 0, 2, 3, 4, ...extension]);
      const bytes = new Uint8Array(inRecord(hello));
      const serve: Serve = (index, answer) => () =>
        answer(index === 0 ? new Uint8Array([21, 3, 3, 0, 2, 2, 70]) : bytes);
      expect(await scripted(serve)).toBe(
        "inconclusive: cannot be checked from here: the server wants the key exchange X25519MLKEM768, which Workers cannot do",
      );
    },
  );

  test("changes the cipher suite between its two hellos: down", async () => {
    const answers = [
      serverHello(0x0303, RETRY, [0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0, 0x18]),
      serverHello(0x0303, undefined, [0, 43, 0, 2, 3, 4, 0, 51, 0, 5, 0, 0x18, 0, 1, 4], 0x02),
    ];
    const serve: Serve = (index, answer) => () =>
      answer(
        index === 0
          ? new Uint8Array([21, 3, 3, 0, 2, 2, 70])
          : new Uint8Array(inRecord(answers.shift() ?? [])),
      );
    expect(await scripted(serve)).toBe(
      "down: no certificate over TLS 1.2: alert 70 (protocol_version); " +
        "over TLS 1.3: malformed TLS handshake: ServerHello changes the cipher suite",
    );
  });
});
