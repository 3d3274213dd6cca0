import type { Network } from "../../core/ports.ts";
import { HandshakeError } from "./handshake/error.ts";
import type { ByteChannel } from "./handshake/stream.ts";

/** Read in one connection. A server may send a long chain, not an endless one. */
const MAX_READ_BYTES = 256 * 1024;
/** What a read counts at least: many small ones cost CPU time, which all jobs share, more than memory. */
const MIN_READ_COUNTED = 32;

/** The connection could not be made; `cause` is what `connect()` said. */
export class ConnectionRefused extends Error {
  override readonly name = "ConnectionRefused";
}

/** How far it came, for the reason of a time-out. */
export interface Progress {
  opened: boolean;
  answered: boolean;
}

/**
 * Opens a connection for `talk` and closes it, whatever happens. When `signal` aborts, the connection is
 * closed and `talk`'s reads end. Rejects with ConnectionRefused when the connection is not made.
 */
export async function withConnection<T>(
  network: Network,
  address: { readonly hostname: string; readonly port: number },
  signal: AbortSignal,
  progress: Progress,
  talk: (channel: ByteChannel) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const socket = connect(network, address);
  // `closed` rejects as well when the connection fails, and with undefined when a server ends it first
  // (workerd issue 6479); `opened` and the reads are what tells.
  socket.closed.catch(() => undefined);
  const reader = socket.readable.getReader();
  const writer = socket.writable.getWriter();
  for (const closed of [reader.closed, writer.closed, writer.ready]) closed.catch(() => undefined);
  const close = (): Promise<void> => socket.close().catch(() => undefined);
  const onAbort = (): void => void close();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await opened(socket.opened);
    progress.opened = true;
    return await talk(channel(reader, writer, progress));
  } finally {
    signal.removeEventListener("abort", onAbort);
    await close();
  }
}

function connect(
  network: Network,
  address: { readonly hostname: string; readonly port: number },
): ReturnType<Network["connect"]> {
  try {
    return network.connect(address);
  } catch (error) {
    throw new ConnectionRefused("connect() refused", { cause: error });
  }
}

async function opened(promise: Promise<unknown>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    throw new ConnectionRefused("the connection was not made", { cause: error });
  }
}

function channel(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  writer: WritableStreamDefaultWriter<Uint8Array>,
  progress: Progress,
): ByteChannel {
  let total = 0;
  return {
    send(bytes) {
      // What a broken connection does to a write it does to the next read, which is waited for.
      writer.write(bytes).catch(() => undefined);
    },
    async read() {
      const { done, value } = await readOrLost(reader);
      if (done) return null;
      progress.answered = true;
      total += Math.max(value.length, MIN_READ_COUNTED);
      if (total > MAX_READ_BYTES) {
        throw new HandshakeError(
          "oversized",
          `TLS handshake too long: no certificate in the first ${MAX_READ_BYTES / 1024} KiB`,
        );
      }
      return value;
    },
  };
}

async function readOrLost(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read();
  } catch (error) {
    throw new HandshakeError("lost", "connection lost", error);
  }
}
