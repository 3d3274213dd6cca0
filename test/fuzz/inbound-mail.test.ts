import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { MAX_INBOUND_BYTES, readInbound, type InboundMail } from "../../src/platform/mail/read-inbound.ts";
import { MemoryStore } from "../support/memory-store/store.ts";
import { textsOf } from "../../src/mail/inbound/inbound-mail.ts";
import type { InboundResult } from "../../src/self-check/receive-loopback.ts";
import { receiveMail } from "../../src/self-check/receive-mail.ts";
import { FakeClock, FakeRandom, SETTINGS } from "../support/fakes/ports.ts";
import { commit, probeOf } from "../support/fakes/commit.ts";
import { watchedBody } from "../support/fakes/http.ts";
import { MARK, nested, proofs, type Sample } from "../support/fuzz/mail.ts";
import { toBytes } from "../support/fuzz/mime.ts";
import { chunked, chunkLengths, mutate, mutations } from "../support/fuzz/mutations.ts";
import { reports } from "../support/fuzz/reports.ts";
import { cutShort, rewrite, rewrites } from "../support/fuzz/rewrites.ts";
import { cpuMsOf, fuzz, FUZZ, isOneLine } from "../support/fuzz/runs.ts";

const OURS = "9f86d081884c7d659a2feaa0c55ad015";
const RETURNED = "a3f5c0de1122334455667788990a0b0c";
const LATE = "b00b1e5fedcba9876543210fedcba987";
const NOW_MS = 1_000_000_000;
const TIMEOUT_MS = 600_000;

/** What software that reads mail stumbles over. */
const WORDS = [
  "\r\n",
  "\n",
  "\r",
  "\r\n\r\n",
  "\0",
  "\xff\xfe",
  "\xef\xbb\xbf",
  "--",
  "=",
  "=\r\n",
  "=0",
  "=?",
  "?=",
  "=?UTF-8?B?",
  "=?UTF-8?Q?=FF?=",
  "=?utf-16?B?AA==?=",
  '"',
  "(",
  "<",
  "<!--",
  "&#x110000;",
  "charset=utf-16;",
  "charset=klingon;",
  ":",
  " ",
  "\r\n ",
  "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n",
  "Content-Type: multipart/mixed; boundary=\r\n",
  "Content-Type: message/rfc822\r\n\r\n",
  "Content-Type: text/html\r\n",
  "Content-Type: text/plain; format=flowed; delsp=yes\r\n",
  "Content-Transfer-Encoding: base64\r\n",
  "Content-Transfer-Encoding: quoted-printable\r\n",
  "Content-Disposition: attachment\r\n",
  "To: a:b:c;,<@>,\r\n",
  "Date: yesterday\r\n",
  MARK,
];

let store: MemoryStore;

beforeEach(async () => {
  store = new MemoryStore();
  for (const token of [OURS, RETURNED]) await commit(store, probeOf(token, NOW_MS - 1_000));
  await commit(store, probeOf(LATE, NOW_MS - TIMEOUT_MS));
  await store.receiveLoopback(RETURNED, NOW_MS, TIMEOUT_MS);
});

function read(chunks: readonly Uint8Array[], rawSize: number): Promise<InboundMail> {
  return readInbound(watchedBody(chunks).stream, rawSize);
}

/** What becomes of a message, by the way that the Worker takes. */
async function receive(bytes: Uint8Array, from = "ops@mailbox.example"): Promise<InboundResult> {
  const inbound = await read([bytes], bytes.length);
  if (!inbound.ok) return { accepted: false, reason: inbound.reason };
  return receiveMail(
    { store, clock: new FakeClock(NOW_MS), random: new FakeRandom(), settings: SETTINGS },
    inbound.message,
    { from },
  );
}

/** A refusal is for the sender, who may be anybody: one line, and nothing of the message or of us in it. */
function isSafeReason(reason: string): boolean {
  return isOneLine(reason, 110) && !/[0-9a-f]{8}|@|example|loopback/i.test(reason);
}

function isReadOrRefused(inbound: InboundMail): boolean {
  return inbound.ok
    ? textsOf(inbound.message).every((text) => typeof text === "string")
    : isSafeReason(inbound.reason);
}

/** What came too late, or once before, is taken all the same. */
function isNoProof(reception: InboundResult): boolean {
  return reception.accepted ? !reception.proof : isSafeReason(reception.reason);
}

function anyOf(samples: readonly Sample[]): fc.Arbitrary<Sample> {
  return fc.constantFrom(...samples);
}

describe("a damaged message", () => {
  const all = [...proofs(OURS), ...reports(OURS)];

  test(
    "is read or refused in one line, in bounded time, whatever size it was announced with",
    FUZZ,
    async () => {
      const rawSize = fc.oneof(fc.constant(null), fc.constantFrom(0, -1, Number.NaN, 1, MAX_INBOUND_BYTES));
      const nesting = fc.tuple(
        fc.constantFrom("part" as const, "message" as const),
        fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(30) }),
      );
      await fuzz(
        1_500,
        fc.asyncProperty(
          anyOf(all),
          anyOf(all),
          mutations(WORDS),
          chunkLengths,
          rawSize,
          nesting,
          async (sample, other, damage, lengths, size, [how, times]) => {
            const raw = nested(sample.raw, how, times);
            const bytes = mutate(toBytes(raw), damage, toBytes(other.raw));
            const cpuMs = await cpuMsOf(async () => {
              const inbound = await read(chunked(bytes, lengths), size ?? bytes.length);
              expect(inbound).toSatisfy(isReadOrRefused);
            });
            expect(cpuMs).toBeLessThan(2_000);
          },
        ),
      );
    },
  );

  test("whose stream breaks is not read, but left to be sent again", FUZZ, async () => {
    await fuzz(
      100,
      fc.asyncProperty(anyOf(all), fc.nat(2_000), async (sample, after) => {
        const broken = new Error("Network connection lost.");
        const start = toBytes(sample.raw).subarray(0, after);
        const stream = new ReadableStream<Uint8Array>({
          pull(controller) {
            controller.enqueue(start);
            controller.error(broken);
          },
        });
        await expect(readInbound(stream, 1_000)).rejects.toBe(broken);
      }),
    );
  });
});

/** Not the token that is waited for. Four digits keep damage from making it so by chance. */
const STRANGERS = [
  OURS.split("").toReversed().join(""),
  `${OURS.slice(0, 28)}0000`,
  `${OURS.slice(4)}gggg`,
  OURS.slice(0, 28),
  "0".repeat(32),
  RETURNED,
  LATE,
];

test(
  "a message without the token that is waited for is never proof, however it is damaged",
  FUZZ,
  async () => {
    const sample = anyOf(STRANGERS.flatMap((token) => [...proofs(token), ...reports(token)]));
    await fuzz(
      1_500,
      fc.asyncProperty(
        sample,
        sample,
        fc.option(mutations(WORDS), { nil: [] }),
        async (one, other, damage) => {
          const reception = await receive(mutate(toBytes(one.raw), damage, toBytes(other.raw)));
          expect(reception).toSatisfy(isNoProof);
        },
      ),
    );
  },
);

test("a report with the token in it is never proof, whatever was done to it on the way", FUZZ, async () => {
  const envelopes = fc.constantFrom("", "<>", "MAILER-DAEMON@mx.example.com", "ops@mailbox.example");
  await fuzz(
    900,
    fc.asyncProperty(
      anyOf(reports(OURS)),
      fc.nat(3_000),
      rewrites,
      envelopes,
      async (sample, length, all, from) => {
        const reception = await receive(toBytes(all.reduce(rewrite, cutShort(sample.raw, length))), from);
        expect(reception).toSatisfy(isNoProof);
      },
    ),
  );
});

describe("a message of our own that was passed on", () => {
  test.each(proofs(OURS))("is proof: $name", async ({ raw }) => {
    expect(await receive(toBytes(raw))).toEqual({ accepted: true, proof: true });
  });

  test("is proof, however its headers are written and whatever is added", FUZZ, async () => {
    const harmless = rewrites.map((all) =>
      all.filter(({ kind }) => kind !== "commented" && kind !== "passed on"),
    );
    const marked = fc.constantFrom(...proofs(OURS).map(({ raw }) => raw));
    await fuzz(
      300,
      fc.asyncProperty(marked, harmless, fc.nat(3), async (raw, all, times) => {
        store = new MemoryStore();
        await commit(store, probeOf(OURS, NOW_MS - 1_000));
        const passedOn = nested(all.reduce(rewrite, raw), "message", times);
        expect(await receive(toBytes(passedOn))).toEqual({ accepted: true, proof: true });
      }),
    );
  });
});
