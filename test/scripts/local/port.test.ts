import { createServer } from "node:net";
import { expect, test } from "vitest";
import { requireFreePort } from "../../../scripts/local/port.ts";
import { freePort } from "../../support/network/free-port.ts";

async function listen(host: string): Promise<{ port: number; close: () => Promise<void> }> {
  const port = await freePort();
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

test.each(["127.0.0.1", "0.0.0.0", "::1"])(
  "a port that is taken on %s is told with the remedy",
  async (host) => {
    const server = await listen(host).catch(() => null);
    if (server === null) return; // A machine without IPv6 can not take a port there.
    await expect(requireFreePort(server.port)).rejects.toMatchObject({
      code: "START_FAILED",
      message: `port ${server.port} is taken; stop the other program or choose another with npm start -- --port N`,
    });
    await server.close();
    await expect(requireFreePort(server.port)).resolves.toBeUndefined();
  },
);
