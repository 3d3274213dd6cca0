import { setTimeout } from "node:timers/promises";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { Network } from "../../src/core/ports.ts";
import type { Outcome } from "../../src/core/outcome.ts";
import { probeTls } from "../../src/probes/tls/tls-probe.ts";
import { contextOver, said, targetAt } from "../probes/tls/probing.ts";
import {
  issueCertificate,
  type CertificateRequest,
  type IssuedCertificate,
} from "../support/network/certificates.ts";
import { never } from "../support/fakes/ports.ts";
import { joined, toLatin1 } from "../support/fuzz/bytes.ts";
import { chunked, chunkLengths, mutate, mutations } from "../support/fuzz/mutations.ts";
import { cpuMsOf, fuzz, FUZZ, isOneLine } from "../support/fuzz/runs.ts";
import {
  bytesOf,
  damageRecords,
  recordDamage,
  recordFlights,
  recordsOf,
  replayNetwork,
  type Flight,
} from "../support/fuzz/tls.ts";

const WELL = "up: expires 2027-02-01 (in 70 days), issued by Checker CA";
/** protocol_version: how a server of TLS 1.3 alone answers the first try. */
const REFUSED = new Uint8Array([21, 3, 3, 0, 2, 2, 70]);
const LONGEST_REASON = 400;
/** Length fields, types and whole small records. */
const WORDS = [
  "\x16\x03\x03",
  "\x17\x03\x03",
  "\x15\x03\x03\x00\x02\x01\x70",
  "\x0b\x00",
  "\0\0\0",
  "\xff\xff",
];

let good: IssuedCertificate;
let flight12: Flight;
let flight13: Flight;
/** Over TLS 1.2, each with something that makes it down. */
let badFlights: Flight[];

beforeAll(async () => {
  // With our side always the same, a recorded flight of TLS 1.3 can be opened again and again.
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (array instanceof Uint8Array) array.fill(7);
    return array;
  });
  const generateKey = crypto.subtle.generateKey.bind(crypto.subtle) as (
    ...all: unknown[]
  ) => Promise<unknown>;
  const pairs = new Map<string, Promise<unknown>>();
  vi.spyOn(crypto.subtle, "generateKey").mockImplementation((...all: readonly unknown[]) => {
    const key = JSON.stringify(all);
    const pair = pairs.get(key) ?? generateKey(...all);
    pairs.set(key, pair);
    return pair as never;
  });
  const issuer = await issueCertificate({ names: [], subject: "CN=Checker CA", authority: true });
  // Its name stands in the reason, and would make two lines of it.
  const evil = await issueCertificate({ names: [], subject: "CN=Evil CA\u0085x", authority: true });
  const issue = (changes: Partial<CertificateRequest>): Promise<IssuedCertificate> =>
    issueCertificate({ names: ["a.example"], issuer: evil, ...changes });
  good = await issue({ issuer });
  const record = async (certificate: IssuedCertificate, version: "TLSv1.2" | "TLSv1.3"): Promise<Flight> => {
    const options = {
      certificate,
      intermediates: [issuer],
      minVersion: version,
      maxVersion: version,
    } as const;
    const flights = await recordFlights(options, (network) => probe(network));
    return flights.at(-1) ?? new Uint8Array(0);
  };
  flight12 = await record(good, "TLSv1.2");
  flight13 = await record(good, "TLSv1.3");
  const bad = await Promise.all([
    issue({ names: ["b.example"] }),
    issue({ notAfter: new Date("2026-11-22T00:00:00Z") }),
    issue({ notAfter: new Date("2026-12-01T00:00:00Z") }),
    issue({ notBefore: new Date("2026-12-01T00:00:00Z") }),
  ]);
  badFlights = [];
  for (const certificate of bad) badFlights.push(await record(certificate, "TLSv1.2"));
});

afterAll(() => {
  vi.restoreAllMocks();
});

function probe(network: Network, timeoutMs = 10_000): Promise<Outcome> {
  return probeTls(targetAt(443, { timeoutMs }), contextOver(network));
}

/** What the probe makes of a server of TLS 1.2 that sends this. Fails when the outcome is none for a person. */
async function probed12(bytes: Uint8Array, lengths: readonly number[]): Promise<string> {
  return checked(replayNetwork(() => chunked(bytes, lengths)));
}

async function probed13(bytes: Uint8Array, lengths: readonly number[]): Promise<string> {
  return checked(replayNetwork((index) => chunked(index === 0 ? REFUSED : bytes, lengths)));
}

async function checked(network: Network): Promise<string> {
  let outcome: Outcome | undefined;
  const cpuMs = await cpuMsOf(async () => {
    outcome = await probe(network);
  });
  expect(cpuMs).toBeLessThan(1_000);
  expect(outcome).toMatchObject({
    status: expect.stringMatching(/^(up|down|inconclusive)$/) as string,
    reason: expect.toSatisfy((reason: string) => isOneLine(reason, LONGEST_REASON)) as string,
  });
  return outcome === undefined ? "" : said(outcome);
}

/** Whether the certificate stands whole and in one piece in what a server of TLS 1.2 sent. */
function arrived12(bytes: Uint8Array): boolean {
  const handshake = recordsOf(bytes).filter(({ type }) => type === 22);
  return toLatin1(joined(handshake.map(({ payload }) => payload))).includes(toLatin1(good.der));
}

/** How a flight of TLS 1.3 begins: what was said in clear, and the encrypted records. */
function beginning13(bytes: Uint8Array, count: number): string {
  // A change of ciphers and a warning mean nothing.
  const records = recordsOf(bytes).filter(({ type }) => type !== 20 && type !== 21);
  const first = records.findIndex(({ type }) => type === 23);
  const clear = joined(records.slice(0, first).map(({ payload }) => payload));
  const encrypted = records.slice(first, first + count).map(({ payload }) => payload);
  return JSON.stringify([clear, ...encrypted].map(toLatin1));
}

describe("a server's answer over TLS 1.2", () => {
  test("is up only with the certificate whole in it, whatever else is damaged", FUZZ, async () => {
    expect(await probed12(flight12, [1])).toBe(WELL);
    const start = toLatin1(flight12).indexOf(toLatin1(good.der));
    const end = start + good.der.length;
    await fuzz(
      1_000,
      fc.asyncProperty(
        fc.option(mutations(WORDS), { nil: [] }),
        fc.option(mutations(WORDS), { nil: [] }),
        recordDamage,
        fc.option(fc.nat(5_000), { nil: null, freq: 4 }),
        chunkLengths,
        async (before, after, records, length, lengths) => {
          const bytes = joined([
            mutate(flight12.subarray(0, start), before),
            good.der,
            mutate(flight12.subarray(end), after),
          ]);
          const answer = damageRecords(bytes, records).subarray(0, length ?? undefined);
          const text = await probed12(answer, lengths);
          return !text.startsWith("up") || (text === WELL && arrived12(answer));
        },
      ),
    );
  });

  test("is never up with a bad certificate, whatever is done to its records", FUZZ, async () => {
    await fuzz(
      400,
      fc.asyncProperty(fc.nat(3), recordDamage, chunkLengths, async (which, records, lengths) => {
        const answer = damageRecords(badFlights[which] ?? new Uint8Array(0), records);
        expect(await probed12(answer, lengths)).toMatch(/^down: /);
      }),
    );
  });

  test("gives an outcome, whichever of its bytes are damaged", FUZZ, async () => {
    await fuzz(
      500,
      fc.asyncProperty(mutations(WORDS), chunkLengths, async (damage, lengths) => {
        expect(await probed12(mutate(flight12, damage, flight13), lengths)).toMatch(
          // A damaged byte may make a demand of what the server sends.
          /^(up|down|inconclusive: cannot be checked from here): /,
        );
      }),
    );
  });
});

describe("a server's answer over TLS 1.3", () => {
  test("is up only when all came as it was sent, up to the certificate", FUZZ, async () => {
    expect(await probed13(flight13, [1])).toBe(WELL);
    const needed = await recordsNeeded();
    const whole = beginning13(flight13, needed);
    await fuzz(
      700,
      fc.asyncProperty(
        fc.option(mutations(WORDS), { nil: [] }),
        recordDamage,
        chunkLengths,
        async (damage, records, lengths) => {
          const answer = damageRecords(mutate(flight13, damage, flight12), records);
          const text = await probed13(answer, lengths);
          return !text.startsWith("up") || (text === WELL && beginning13(answer, needed) === whole);
        },
      ),
    );
  });

  /** Encrypted records until the certificate is whole. */
  async function recordsNeeded(): Promise<number> {
    const records = recordsOf(flight13);
    for (let count = 1; count <= records.length; count += 1) {
      const start = records.slice(0, count);
      if ((await probed13(joined(start.map((record) => bytesOf(record))), [9])) === WELL) {
        return start.filter(({ type }) => type === 23).length;
      }
    }
    throw new Error("the certificate never comes");
  }
});

describe("a server whose answer has no end", () => {
  /** Far more chunks than the probe may take; where they run out it took them all. */
  const MANY = 200_000;

  function* forever(start: Uint8Array, unit: Uint8Array, taken: { chunks: number }): Generator<Uint8Array> {
    yield start;
    for (; taken.chunks < MANY; taken.chunks += 1) yield unit;
  }

  test("is given up for its length alone, however fast or small it comes", FUZZ, async () => {
    const units = [
      [],
      [0],
      [22],
      [22, 3, 3],
      [20, 3, 3, 0, 1, 1],
      [21, 3, 3, 0, 2, 1, 112],
      [22, 3, 3, 0, 1, 2],
    ];
    const unit = fc.oneof(
      fc.constantFrom(...units).map((bytes) => new Uint8Array(bytes)),
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.constantFrom(...recordsOf(flight12).map((record) => bytesOf(record))),
    );
    await fuzz(
      60,
      fc.asyncProperty(fc.nat(2_000), unit, fc.boolean(), async (length, repeated, is13) => {
        const taken = { chunks: 0 };
        const flight = is13 ? flight13 : flight12;
        const text = await checked(
          replayNetwork((index) =>
            is13 && index === 0 ? [REFUSED] : forever(flight.subarray(0, length), repeated, taken),
          ),
        );
        expect([WELL, "down"]).toContain(text.replace(/^down: .*/, "down"));
        expect(taken.chunks).toBeLessThan(MANY);
      }),
    );
  });

  /** Goes on after `start` with bytes that mean nothing, one portion in each gap; or stops. */
  async function* trickle(start: Uint8Array, portion: Uint8Array, gapMs: number): AsyncGenerator<Uint8Array> {
    yield start;
    for (;;) {
      await (portion.length === 0 ? never() : setTimeout(gapMs));
      yield portion;
    }
  }

  test("is given up at the time limit when it only trickles, or stops", FUZZ, async () => {
    const portion = fc.constantFrom([], [0], [21, 3, 3, 0, 2, 1, 112], [20, 3, 3, 0, 1, 1]);
    await fuzz(
      25,
      fc.asyncProperty(
        fc.nat(500),
        portion,
        fc.integer({ min: 1, max: 30 }),
        async (length, bytes, gapMs) => {
          const start = flight12.subarray(0, length);
          const startedMs = performance.now();
          const { status } = await probe(
            replayNetwork(() => trickle(start, new Uint8Array(bytes), gapMs)),
            40,
          );
          expect(status).toBe("down");
          expect(performance.now() - startedMs).toBeLessThan(2_000);
        },
      ),
    );
  });
});
