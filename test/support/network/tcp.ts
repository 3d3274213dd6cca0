/** TCP servers on loopback that Node cannot be by itself. */
import { networkInterfaces } from "node:os";
import net from "node:net";
import { Worker } from "node:worker_threads";
import { startServer, type TestServer } from "./tls-servers.ts";

/** Whether this machine has IPv6 on its loopback; containers often do not. */
export const hasIpv6Loopback = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === "::1"),
);

/** Breaks every connection with a RST as soon as it is made. */
export function startBreakingServer(): Promise<TestServer> {
  return startServer((socket) => setImmediate(() => socket.resetAndDestroy()));
}

export interface UnansweringServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * A port that answers no attempt to connect at all, as behind a firewall that drops: a thread listens
 * there and sleeps, and once its backlog is full the kernel ignores all further attempts.
 */
export async function startUnansweringServer(): Promise<UnansweringServer> {
  const listener = new Worker(
    `const { parentPort } = require("node:worker_threads");
     const server = require("node:net").createServer();
     server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0));
     });`,
    { eval: true },
  );
  const port = await new Promise<number>((resolve, reject) => {
    listener.once("message", resolve);
    listener.once("error", reject);
  });
  const waiting = Array.from({ length: 8 }, () => net.connect(port, "127.0.0.1"));
  for (const socket of waiting) socket.on("error", () => undefined);
  await settled(waiting);
  return {
    port,
    async close() {
      for (const socket of waiting) socket.destroy();
      await listener.terminate();
    },
  };
}

/** Until no further of the sockets gets through. */
async function settled(sockets: readonly net.Socket[]): Promise<void> {
  let before = -1;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 30));
    const through = sockets.filter((socket) => !socket.connecting).length;
    if (through === before) return;
    before = through;
  }
}
