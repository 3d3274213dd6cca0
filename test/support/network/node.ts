/** The network of plain Node behind the port that Workers fill with `fetch` and `connect`. */
import net from "node:net";
import type { Network, Socket } from "../../../src/core/ports.ts";

/** Real sockets with the texts of workerd's errors, so that what is read of them is what production says. */
export function nodeNetwork(): Network {
  return { fetch: (url, init) => fetch(url, init), connect };
}

function connect({ hostname, port }: { readonly hostname: string; readonly port: number }): Socket {
  const socket = net.connect({ host: hostname.replace(/^\[(.*)\]$/, "$1"), port });
  // Not marked as handled: a probe that forgets one of them fails its test with an unhandled rejection.
  const opened = Promise.withResolvers<unknown>();
  const closed = Promise.withResolvers<void>();
  let connected = false;
  let fault: Error | null = null;
  socket.once("connect", () => {
    connected = true;
    opened.resolve({ remoteAddress: `${hostname}:${port}` });
  });
  socket.once("error", () => {
    fault = connected ? new Error("Network connection lost.") : notConnected(port);
    opened.reject(fault);
    closed.reject(fault);
  });
  socket.once("close", () => {
    opened.reject(new Error("Stream was cancelled."));
    closed.resolve();
  });
  return {
    opened: opened.promise,
    closed: closed.promise,
    readable: readableOf(socket, () => fault),
    writable: writableOf(socket),
    close() {
      socket.destroy();
      return Promise.resolve();
    },
  };
}

function notConnected(port: number): Error {
  const hint =
    port === 80 || port === 443
      ? ". It looks like you might be trying to connect to a HTTP-based service — consider using fetch instead"
      : "";
  return new Error(`proxy request failed, cannot connect to the specified address${hint}`);
}

function readableOf(socket: net.Socket, fault: () => Error | null): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      socket.pause();
      socket.on("data", (bytes: Uint8Array) => {
        socket.pause();
        controller.enqueue(new Uint8Array(bytes));
      });
      socket.once("end", () => controller.close());
      socket.once("close", () => {
        const cause = fault();
        // Errors after an end, and ends after a cancel, have nobody to tell.
        if (cause !== null) controller.error(cause);
        else if (!socket.readableEnded) tryClose(controller);
      });
    },
    pull() {
      socket.resume();
    },
    cancel() {
      socket.destroy();
    },
  });
}

function tryClose(controller: ReadableStreamDefaultController<Uint8Array>): void {
  try {
    controller.close();
  } catch {
    // Cancelled before.
  }
}

function writableOf(socket: net.Socket): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>({
    write: (bytes: Uint8Array) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    close() {
      socket.end();
    },
    abort() {
      socket.destroy();
    },
  });
}
