import { connect, createServer } from "node:net";
import { DEFAULT_PORT } from "./options.ts";
import { StartFailure } from "./start-failure.ts";

/** Where the Worker listens. Loopback only: a development server is no public one. */
export const LOCAL_ADDRESS = "127.0.0.1";

/** Throws StartFailure when the Worker could not listen on `port`, or `localhost` would be someone else. */
export async function requireFreePort(port: number): Promise<void> {
  // Both: a program on ::1 alone leaves 127.0.0.1 free, yet answers a browser that asks for localhost.
  for (const address of [LOCAL_ADDRESS, "::1"]) {
    const code = await listenFault(port, address);
    if (code === "EADDRINUSE") throw new StartFailure(taken(port));
    if (code === "EACCES") {
      throw new StartFailure(
        `port ${port} is reserved for the administrator; choose another with npm start -- --port ${DEFAULT_PORT}`,
      );
    }
    // A machine without IPv6 has no ::1; anything else wrong with 127.0.0.1 is told by wrangler.
  }
  // Where two programs may share a port, as on macOS, only an answer shows that it is in use.
  if (await answers(port)) throw new StartFailure(taken(port));
}

function taken(port: number): string {
  return `port ${port} is taken; stop the other program or choose another with npm start -- --port N`;
}

function listenFault(port: number, address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? "unknown");
    });
    server.listen({ port, host: address, exclusive: true }, () => {
      server.close(() => {
        resolve(null);
      });
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: LOCAL_ADDRESS, timeout: 1_000 });
    const end = (answered: boolean): void => {
      socket.destroy();
      resolve(answered);
    };
    socket.once("connect", () => {
      end(true);
    });
    socket.once("error", () => {
      end(false);
    });
    socket.once("timeout", () => {
      end(false);
    });
  });
}

/** A port of the loopback address that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, LOCAL_ADDRESS, () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("there is no free port"));
      });
    });
  });
}
