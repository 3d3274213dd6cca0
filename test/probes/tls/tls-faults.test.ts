import { beforeAll, describe, expect, test, vi } from "vitest";
import { probeTls } from "../../../src/probes/tls/tls-probe.ts";
import { issueCertificate, type IssuedCertificate } from "../../support/network/certificates.ts";
import { nodeNetwork } from "../../support/network/node.ts";
import { scriptedNetwork } from "../../support/network/scripted.ts";
import {
  closedPort,
  startClosingServer,
  startEndlessServer,
  startGarbageServer,
  startResettingServer,
  startServer,
  startSilentServer,
  startTlsServer,
} from "../../support/network/tls-servers.ts";
import { alert, answering, contextOver, probed, record, said, scripted, targetAt } from "./probing.ts";

let certificate: IssuedCertificate;

beforeAll(async () => {
  certificate = await issueCertificate({ names: ["a.example"] });
});

const NOT_FROM_HERE =
  "inconclusive: cannot be checked from here: no connection, and a Worker cannot tell a host behind " +
  "Cloudflare, which it may not reach, from one that refuses or has no address";

describe("a server that is not there", () => {
  test("because nobody listens is down", async () => {
    const outcome = await probeTls(targetAt(await closedPort()), contextOver(nodeNetwork()));
    expect(outcome).toEqual({
      status: "down",
      reason: "connection refused",
      latencyMs: null,
      failureKind: "no certificate",
    });
  });

  test("because its name does not exist is down", async () => {
    const target = targetAt(4433, { hostname: "nothing.invalid" });
    expect(said(await probeTls(target, contextOver(nodeNetwork())))).toBe("down: host name not found");
  });

  test("on a port of Cloudflare's proxy is inconclusive while its address cannot be looked up", async () => {
    const network = {
      fetch: () => Promise.reject(new Error("Network connection lost.")),
      connect(): never {
        throw new Error("proxy request failed, cannot connect to the specified address");
      },
    };
    for (const port of [443, 8443]) {
      const target = targetAt(port, { hostname: "a.example" });
      expect(said(await probeTls(target, contextOver(network)))).toBe(NOT_FROM_HERE);
    }
  });

  test("for reasons of the platform is inconclusive", async () => {
    const refusing = (thrown: unknown): ReturnType<typeof nodeNetwork> => ({
      ...nodeNetwork(),
      connect: () => {
        throw thrown;
      },
    });
    expect(
      said(await probeTls(targetAt(4433), contextOver(refusing(new Error("Too many subrequests."))))),
    ).toBe("inconclusive: cannot be checked from here: Too many subrequests.");
  });
});

describe("a server that", () => {
  test("accepts and says nothing is down in time", async () => {
    const startedMs = performance.now();
    expect(await probed(await startSilentServer(), { timeoutMs: 100 })).toBe(
      "down: connected, but no answer to the TLS handshake: timed out after 100 ms",
    );
    expect(performance.now() - startedMs).toBeLessThan(1000);
  });

  test("closes at once is asked with both versions and with more than we can do, then down", async () => {
    const server = await startClosingServer();
    expect(await probed(server)).toBe(
      "down: no certificate over TLS 1.2 or 1.3: connection closed by the server",
    );
    expect(server.accepted.count).toBe(3);
  });

  test("resets the connection is asked with both versions and with more than we can do, then down", async () => {
    const server = await startResettingServer();
    expect(await probed(server)).toBe("down: no certificate over TLS 1.2 or 1.3: connection lost");
    expect(server.accepted.count).toBe(3);
  });

  test("speaks HTTP is down with what it said, and not asked again", async () => {
    const server = await startGarbageServer("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    expect(await probed(server)).toBe(
      `down: the answer is not TLS; it begins with "HTTP/1.1 400 Bad Request"`,
    );
    expect(server.accepted.count).toBe(1);
  });

  test("greets first, such as one of mail, is down with its greeting", async () => {
    const server = await startServer((socket) => socket.resume().write("220 mail.example ESMTP\r\n"));
    expect(await probed(server)).toBe(`down: the answer is not TLS; it begins with "220 mail.example ESMTP"`);
  });

  test("answers with garbage is down", async () => {
    expect(await probed(await startGarbageServer(new Uint8Array([0, 255, 254, 1, 2, 3, 4, 5, 6])))).toBe(
      "down: the answer is not TLS; it begins with the bytes 00 ff fe 01 02 03 04 05",
    );
  });

  test("begins a record and stops is down in time", async () => {
    const server = await startGarbageServer(new Uint8Array([22, 3, 3, 0, 90, 2, 0]), true);
    expect(await probed(server, { timeoutMs: 100 })).toBe(
      "down: TLS handshake begun but not finished: timed out after 100 ms",
    );
  });

  test("sends a byte now and then is down in time", async () => {
    const server = await startServer((socket) => {
      const timer = setInterval(() => socket.write(new Uint8Array([22])), 20);
      socket.once("close", () => clearInterval(timer));
    });
    // 0x16 0x16 … is a record of a version that does not exist.
    expect(await probed(server, { timeoutMs: 250 })).toBe(
      "down: the answer is not TLS; it begins with the bytes 16 16 16 16 16",
    );
    const slow = await startServer((socket) => {
      const bytes = [22, 3, 3, 0x10, 0, 2, 0, 0x0f, 0xfc, ...Array.from({ length: 100 }, () => 3)];
      const timer = setInterval(() => socket.write(new Uint8Array([bytes.shift() ?? 0])), 10);
      socket.once("close", () => clearInterval(timer));
    });
    expect(await probed(slow, { timeoutMs: 150 })).toBe(
      "down: TLS handshake begun but not finished: timed out after 150 ms",
    );
  });

  test("sends a message without end is down before its time", async () => {
    const startedMs = performance.now();
    // A ServerHello of 16 MiB; small records; alerts that only warn; ChangeCipherSpecs.
    const endless = async (chunk: Uint8Array): Promise<string> => probed(await startEndlessServer(chunk));
    expect(await endless(record(22, 2, 0xff, 0xff, 0xff))).toBe(
      "down: TLS handshake too long: a message of 16777215 bytes, at most 131072 are read",
    );
    expect(await endless(record(21, 1, 112))).toBe(
      "down: TLS handshake too long: no certificate in 512 records",
    );
    expect(await endless(record(22, 0, 0, 0, 0))).toBe(
      "down: malformed TLS handshake: message 0 instead of ServerHello",
    );
    const largeWarnings = record(21, 1, 112, ...Array.from({ length: 16_000 }, () => 0));
    expect(await endless(largeWarnings)).toBe(
      "down: TLS handshake too long: no certificate in the first 256 KiB",
    );
    expect(performance.now() - startedMs).toBeLessThan(1500);
  });

  test("sends single bytes without end is down after 8192 of them", async () => {
    let sent = 0;
    const text = await scripted((_index, answer) => () => {
      answer(new Uint8Array([21, 3, 3, 0x40, 0]));
      for (; sent < 10_000; sent += 1) answer(new Uint8Array([1]));
    });
    expect(text).toBe("down: TLS handshake too long: no certificate in the first 256 KiB");
  });
});

describe("a server that refuses", () => {
  test("both versions alike is down with its alert", async () => {
    expect(await scripted(answering(alert(40), alert(40)))).toBe(
      "down: no certificate over TLS 1.2 or 1.3: alert 40 (handshake_failure)",
    );
  });

  test("each version in its way is down with both", async () => {
    expect(await scripted(answering(alert(70), alert(80)))).toBe(
      "down: no certificate over TLS 1.2: alert 70 (protocol_version); over TLS 1.3: alert 80 (internal_error)",
    );
    expect(await scripted(answering(alert(112), new Uint8Array(0)))).toBe(
      "down: no certificate over TLS 1.2: alert 112 (unrecognized_name); " +
        "over TLS 1.3: connection closed by the server",
    );
  });

  test("an unknown name is down", async () => {
    const refusing = { certificate, byName: {}, refuseUnknownNames: true };
    expect(await probed(await startTlsServer(refusing), { serverName: "b.example" })).toBe(
      "down: no certificate over TLS 1.2 or 1.3: connection closed by the server",
    );
  });

  test("after it has warned of the name is heard out", async () => {
    const warned = new Uint8Array([...record(21, 1, 112), ...alert(40)]);
    expect(await scripted(answering(warned, warned))).toBe(
      "down: no certificate over TLS 1.2 or 1.3: alert 40 (handshake_failure)",
    );
  });
});

describe("the time limit", () => {
  test("is one for both connections", async () => {
    const server = await startServer((socket) => {
      const first = server.accepted.count === 1;
      socket.resume();
      if (first) setTimeout(() => socket.end(alert(70)), 400);
    });
    const startedMs = performance.now();
    expect(await probed(server, { timeoutMs: 800 })).toBe(
      "down: no certificate over TLS 1.2: alert 70 (protocol_version); " +
        "over TLS 1.3: connected, but no answer to the TLS handshake: timed out after 800 ms",
    );
    // One for each would end after 1200 ms.
    expect(performance.now() - startedMs).toBeLessThan(1_150);
  });

  test("covers a connection that is never made", async () => {
    const never = new Promise<never>(() => undefined);
    const network = {
      ...nodeNetwork(),
      connect: () => ({
        opened: never,
        closed: never,
        readable: new ReadableStream<Uint8Array>(),
        writable: new WritableStream<Uint8Array>(),
        close: () => never,
      }),
    };
    expect(said(await probeTls(targetAt(443, { timeoutMs: 50 }), contextOver(network)))).toBe(
      "down: no connection: timed out after 50 ms",
    );
  });
});

describe("when the job is aborted", () => {
  test("the probe rejects with the reason and closes its connection", async () => {
    const server = await startSilentServer();
    const controller = new AbortController();
    const running = probeTls(
      targetAt(server.port),
      contextOver(nodeNetwork(), { signal: controller.signal }),
    );
    await vi.waitFor(() => expect(server.openConnections()).toBe(1), { interval: 2 });
    controller.abort(new Error("the job's time is over"));
    await expect(running).rejects.toThrow("the job's time is over");
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { interval: 2 });
    await server.close();
  });

  test("before it began, the probe connects to nobody", async () => {
    const network = scriptedNetwork(answering());
    const signal = AbortSignal.abort(new Error("over"));
    await expect(probeTls(targetAt(443), contextOver(network, { signal }))).rejects.toThrow("over");
    expect(network.events).toEqual([]);
  });
});
