/** Flights of a real TLS server, recorded once, and the damage that can be done to their records. */
import * as fc from "fast-check";
import type { Network, Socket } from "../../../src/core/ports.ts";
import { joined } from "./bytes.ts";
import { recorded, scriptedNetwork, tlsServer } from "../network/scripted.ts";
import { serverOptions, type TlsServerOptions } from "../network/tls-servers.ts";

export type Flight = Uint8Array<ArrayBuffer>;

/** All that a server sends on each connection until it waits for the client. */
export async function recordFlights(
  options: TlsServerOptions,
  probe: (network: Network) => Promise<unknown>,
): Promise<Flight[]> {
  const connections: Flight[] = [];
  const serve = recorded(tlsServer(serverOptions(options)), (index, bytes) => {
    connections[index] = joined([connections[index] ?? new Uint8Array(0), bytes]);
  });
  await probe(scriptedNetwork(serve));
  return connections;
}

/** A network whose server number `index` sends these chunks, each when it is read, and ends. */
export function replayNetwork(
  chunksOf: (index: number) => Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Network {
  let connections = 0;
  return {
    fetch: () => Promise.reject(new Error("this network has no fetch")),
    connect: () => replaySocket(iterate(chunksOf(connections++))),
  };
}

type Chunks = Iterator<Uint8Array, unknown> | AsyncIterator<Uint8Array, unknown>;

function iterate(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Chunks {
  return Symbol.iterator in chunks ? chunks[Symbol.iterator]() : chunks[Symbol.asyncIterator]();
}

function replaySocket(chunks: Chunks): Socket {
  const closed = Promise.withResolvers<void>();
  let end = (): void => undefined;
  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        end = () => {
          end = () => undefined;
          controller.close();
          closed.resolve();
        };
      },
      async pull(controller) {
        const next = await chunks.next();
        if (next.done === true) return end();
        try {
          controller.enqueue(next.value);
        } catch {
          // The probe has closed the connection while this was on its way.
        }
      },
    },
    { highWaterMark: 0 },
  );
  const close = (): Promise<void> => {
    end();
    return Promise.resolve();
  };
  return {
    opened: Promise.resolve({}),
    closed: closed.promise,
    readable,
    writable: new WritableStream<Uint8Array>(),
    close,
  };
}

export interface RawRecord {
  readonly type: number;
  readonly version: number;
  readonly payload: Flight;
}

/** Cut by the lengths that stand in it; a rest that is no whole record is left out. */
export function recordsOf(bytes: Uint8Array): RawRecord[] {
  const found: RawRecord[] = [];
  for (let at = 0; at + 5 <= bytes.length;) {
    const [type = 0, major = 0, minor = 0, high = 0, low = 0] = bytes.subarray(at, at + 5);
    const end = at + 5 + high * 256 + low;
    if (end > bytes.length) break;
    found.push({ type, version: major * 256 + minor, payload: bytes.slice(at + 5, end) });
    at = end;
  }
  return found;
}

export function bytesOf({ type, version, payload }: RawRecord, length = payload.length): Flight {
  return joined([
    new Uint8Array([type, version >> 8, version & 255, (length >> 8) & 255, length & 255]),
    payload,
  ]);
}

/** Places are taken modulo what there is. */
export type RecordDamage =
  | { readonly kind: "duplicated" | "dropped" | "swapped"; readonly at: number }
  | { readonly kind: "length"; readonly at: number; readonly by: number }
  | { readonly kind: "retyped"; readonly at: number; readonly type: number }
  | { readonly kind: "cut in two"; readonly at: number; readonly where: number }
  | { readonly kind: "preceded"; readonly at: number; readonly record: Flight };

const place = fc.nat(1_000);

/** Records that a server may slip in: warnings, a change of ciphers, an empty one, a fatal alert, data. */
const SLIPPED_IN = [
  [21, 3, 3, 0, 2, 1, 112],
  [20, 3, 3, 0, 1, 1],
  [22, 3, 3, 0, 0],
  [21, 3, 3, 0, 2, 2, 40],
  [21, 3, 3, 0, 1, 2],
  [23, 3, 3, 0, 3, 1, 2, 3],
  [22, 3, 3, 0, 4, 0, 0, 0, 0],
  [22, 3, 3, 0, 4, 11, 0, 0, 0],
].map((bytes) => new Uint8Array(bytes));

export const recordDamage: fc.Arbitrary<readonly RecordDamage[]> = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom("duplicated" as const, "dropped" as const, "swapped" as const),
      at: place,
    }),
    fc.record({
      kind: fc.constant("length" as const),
      at: place,
      by: fc.integer({ min: -300, max: 20_000 }),
    }),
    fc.record({ kind: fc.constant("retyped" as const), at: place, type: fc.integer({ min: 18, max: 25 }) }),
    fc.record({ kind: fc.constant("cut in two" as const), at: place, where: fc.nat(5_000) }),
    fc.record({
      kind: fc.constant("preceded" as const),
      at: place,
      record: fc.constantFrom(...SLIPPED_IN),
    }),
  ),
  { maxLength: 4 },
);

export function damageRecords(flight: Uint8Array, all: readonly RecordDamage[]): Flight {
  const parts = recordsOf(flight).map((record) => bytesOf(record));
  for (const damage of all) {
    const at = damage.at % Math.max(1, parts.length);
    const part = parts[at];
    if (part !== undefined) parts.splice(at, 1, ...damaged(part, damage, parts, at));
  }
  return joined(parts);
}

/** What comes in the place of a record. A swap also takes the next one away. */
function damaged(part: Flight, damage: RecordDamage, parts: Flight[], at: number): Flight[] {
  const [record] = recordsOf(part);
  switch (damage.kind) {
    case "duplicated":
      return [part, part];
    case "dropped":
      return [];
    case "swapped":
      return [...parts.splice(at + 1, 1), part];
    case "length":
      return record === undefined
        ? [part]
        : [bytesOf(record, Math.max(0, record.payload.length + damage.by))];
    case "retyped":
      return record === undefined ? [part] : [bytesOf({ ...record, type: damage.type })];
    case "cut in two": {
      if (record === undefined || record.payload.length < 2) return [part];
      const where = 1 + (damage.where % (record.payload.length - 1));
      const { payload } = record;
      return [
        bytesOf({ ...record, payload: payload.slice(0, where) }),
        bytesOf({ ...record, payload: payload.slice(where) }),
      ];
    }
    case "preceded":
      return [damage.record, part];
  }
}
