/** Damage to bytes: what broken software, broken lines and people of ill will do to a message or a stream. */
import * as fc from "fast-check";
import { fromLatin1, joined } from "./bytes.ts";

/** Places are taken modulo the length, so that a mutation fits every input. */
export type Mutation =
  | { readonly kind: "flip"; readonly at: number; readonly byte: number }
  | { readonly kind: "insert"; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: "delete"; readonly at: number; readonly length: number }
  | { readonly kind: "truncate"; readonly at: number }
  | {
      readonly kind: "duplicate";
      readonly at: number;
      readonly length: number;
      readonly to: number;
      readonly times: number;
    }
  /** Goes on with the other input from there. */
  | { readonly kind: "splice"; readonly at: number; readonly from: number };

const place = fc.nat(2 ** 20);

/** @param words what software of that kind stumbles over */
export function mutations(words: readonly string[]): fc.Arbitrary<readonly Mutation[]> {
  const inserted = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }),
    fc.constantFrom(...words).map(fromLatin1),
  );
  const mutation: fc.Arbitrary<Mutation> = fc.oneof(
    fc.record({ kind: fc.constant("flip" as const), at: place, byte: fc.integer({ min: 1, max: 255 }) }),
    fc.record({ kind: fc.constant("insert" as const), at: place, bytes: inserted }),
    fc.record({ kind: fc.constant("delete" as const), at: place, length: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ kind: fc.constant("truncate" as const), at: place }),
    fc.record({
      kind: fc.constant("duplicate" as const),
      at: place,
      length: fc.integer({ min: 1, max: 600 }),
      to: place,
      times: fc.integer({ min: 1, max: 20 }),
    }),
    fc.record({ kind: fc.constant("splice" as const), at: place, from: place }),
  );
  return fc.array(mutation, { minLength: 1, maxLength: 6 });
}

/** @param other what a splice goes on with */
export function mutate(
  bytes: Uint8Array,
  all: readonly Mutation[],
  other: Uint8Array = bytes,
): Uint8Array<ArrayBuffer> {
  return all.reduce((current, mutation) => apply(current, mutation, other), new Uint8Array(bytes));
}

function apply(
  bytes: Uint8Array<ArrayBuffer>,
  mutation: Mutation,
  other: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const at = mutation.at % (bytes.length + 1);
  const before = bytes.subarray(0, at);
  switch (mutation.kind) {
    case "flip": {
      const flipped = bytes.slice();
      if (at < flipped.length) flipped[at] = (flipped[at] ?? 0) ^ mutation.byte;
      return flipped;
    }
    case "insert":
      return joined([before, mutation.bytes, bytes.subarray(at)]);
    case "delete":
      return joined([before, bytes.subarray(at + mutation.length)]);
    case "truncate":
      return before.slice();
    case "duplicate": {
      const part = bytes.subarray(at, at + mutation.length);
      const to = mutation.to % (bytes.length + 1);
      const copies = Array.from({ length: mutation.times }, () => part);
      return joined([bytes.subarray(0, to), ...copies, bytes.subarray(to)]);
    }
    case "splice":
      return joined([before, other.subarray(mutation.from % (other.length + 1))]);
  }
}

/** Handing over more would cost a test more than what it tests. */
const MOST_CHUNKS = 600;

/** Cuts `bytes` into chunks of these lengths, over and over; empty ones among them. The last holds the rest. */
export function chunked(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length && chunks.length < MOST_CHUNKS) {
    const length = lengths[chunks.length % lengths.length] ?? 0;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...chunks, bytes.subarray(at)];
}

export const chunkLengths = fc.array(
  fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 3_000 })),
  {
    minLength: 1,
    maxLength: 6,
  },
);
