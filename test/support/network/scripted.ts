/** A network without one: every connection is served by a function of the test. */
import { Duplex } from "node:stream";
import tls from "node:tls";
import type { Network, Socket } from "../../../src/core/ports.ts";

/** Sends to the probe; null ends the connection in good order. */
export type Answer = (bytes: Uint8Array | null) => void;

/** Serves connection number `index`, from 0 on. Returns what takes the probe's bytes. */
export type Serve = (index: number, answer: Answer) => (received: Uint8Array) => void;

export interface ScriptedNetwork extends Network {
  /** `connect` and `close`, in the order of their coming. */
  readonly events: readonly string[];
}

export function scriptedNetwork(serve: Serve): ScriptedNetwork {
  const events: string[] = [];
  let connections = 0;
  return {
    events,
    fetch: () => Promise.reject(new Error("this network has no fetch")),
    connect() {
      events.push("connect");
      return socketOf(connections++, serve, () => events.push("close"));
    },
  };
}

function socketOf(index: number, serve: Serve, onClose: () => void): Socket {
  const closed = Promise.withResolvers<void>();
  const incoming = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1e6 });
  const outgoing = incoming.writable.getWriter();
  let over = false;
  const answer: Answer = (bytes) => {
    if (over) return;
    over = bytes === null;
    // The probe may have gone: its side of the stream is cancelled then.
    const done = bytes === null ? outgoing.close() : outgoing.write(bytes);
    done.catch(() => undefined);
  };
  const receive = serve(index, answer);
  return {
    opened: Promise.resolve({}),
    closed: closed.promise,
    readable: incoming.readable,
    writable: new WritableStream<Uint8Array>({ write: receive }),
    close() {
      onClose();
      answer(null);
      closed.resolve();
      return Promise.resolve();
    },
  };
}

/** Sends the same bytes on each connection whatever is asked, and ends it. */
export function replay(bytes: Uint8Array): Serve {
  return (_index, answer) => () => {
    answer(bytes);
    answer(null);
  };
}

/** A real TLS server without a socket. */
export function tlsServer(options: tls.TlsOptions): Serve {
  const secureContext = tls.createSecureContext(options);
  return (_index, answer) => {
    const wire = new Duplex({
      read: () => undefined,
      write(bytes: Uint8Array, _encoding, done) {
        answer(new Uint8Array(bytes));
        done();
      },
      final(done) {
        answer(null);
        done();
      },
    });
    const socket = new tls.TLSSocket(wire, { ...options, isServer: true, secureContext });
    socket.on("error", () => answer(null));
    return (received) => wire.push(received);
  };
}

/** `serve`, ended after `limit` bytes of its answers, those of all connections from `from` on. */
export function truncated(serve: Serve, limit: number, from = 0): Serve {
  return (index, answer) => {
    let left = index < from ? Number.POSITIVE_INFINITY : limit;
    return serve(index, (bytes) => {
      if (bytes === null || left <= 0) return answer(null);
      answer(bytes.subarray(0, left));
      left -= bytes.length;
      if (left <= 0) answer(null);
    });
  };
}

/** `serve`, with all its answers also handed to `record`. */
export function recorded(serve: Serve, record: (index: number, bytes: Uint8Array) => void): Serve {
  return (index, answer) =>
    serve(index, (bytes) => {
      if (bytes !== null) record(index, bytes);
      answer(bytes);
    });
}
