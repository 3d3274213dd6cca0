import net, { type AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasIpv6Loopback, startBreakingServer, startUnansweringServer } from "../support/network/tcp.ts";
import {
  closedPort,
  startServer,
  startSilentServer,
  type TestServer,
} from "../support/network/tls-servers.ts";
import { said, soon, startProber, type Prober } from "../support/worker/prober.ts";

let prober: Prober;
const servers: TestServer[] = [];

beforeAll(async () => {
  prober = await startProber();
});

afterAll(async () => {
  await prober.close();
  await Promise.all(servers.map((server) => server.close()));
});

async function started(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

async function saidOf(hostname: string, port: number): Promise<string> {
  return said(await prober.tcp({ hostname, port, timeoutMs: 1000 }));
}

describe("a TCP port", () => {
  test("that takes the connection is up, and is left again", async () => {
    const server = await started(startSilentServer());
    const result = await prober.tcp({ hostname: "127.0.0.1", port: server.port, timeoutMs: 1000 });
    expect(result).toEqual({
      status: "up",
      reason: `connected in ${result.latencyMs} ms`,
      latencyMs: expect.any(Number) as number,
      failureKind: null,
    });
    expect(server.accepted.count).toBe(1);
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { interval: 5 });
  });

  test("that greets at once is up", async () => {
    const server = await started(startServer((socket) => socket.write("220 mail.example ESMTP\r\n")));
    expect(await saidOf("127.0.0.1", server.port)).toMatch(/^up: connected in \d+ ms$/);
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { interval: 5 });
  });

  test.skipIf(!hasIpv6Loopback)("on an IPv6 address is up", async () => {
    const server = net.createServer((socket) => socket.on("error", () => undefined).resume());
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    const { port } = server.address() as AddressInfo;
    const line = await saidOf("::1", port);
    server.close();
    expect(line).toMatch(/^up: connected in \d+ ms$/);
  });

  test("by a host's name is up", async () => {
    const server = await started(startSilentServer());
    expect(await saidOf("localhost", server.port)).toMatch(/^up: connected in \d+ ms$/);
  });

  test("that nobody listens on is down", async () => {
    expect(await saidOf("127.0.0.1", await closedPort())).toBe("down: connection refused");
  });

  test("of a host that does not exist is down", async () => {
    expect(await saidOf("nothing.invalid", 4444)).toBe("down: host name not found");
  });

  test("that breaks the connection as soon as it is made is never inconclusive", async () => {
    const server = await started(startBreakingServer());
    // The RST races with the news that the connection is made, so either may be seen.
    expect(await saidOf("127.0.0.1", server.port)).toMatch(
      /^up: connected in \d+ ms$|^down: connection refused$/,
    );
  });

  test("that answers no attempt to connect is down when its time is over", async () => {
    const server = await startUnansweringServer();
    const result = await soon(prober.tcp({ hostname: "127.0.0.1", port: server.port, timeoutMs: 200 }));
    await server.close();
    expect(result).toEqual({
      status: "down",
      reason: "no connection: timed out after 200 ms",
      latencyMs: null,
      failureKind: null,
    });
  });
});
