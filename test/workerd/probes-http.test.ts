import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { answer, resetting, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import { hasIpv6Loopback } from "../support/network/tcp.ts";
import {
  closedPort,
  startGarbageServer,
  startSilentServer,
  startTlsServer,
} from "../support/network/tls-servers.ts";
import { issueCertificate } from "../support/network/certificates.ts";
import { said, soon, startProber, type Prober } from "../support/worker/prober.ts";

let prober: Prober;
let target: HttpTarget;

beforeAll(async () => {
  [prober, target] = await Promise.all([startProber(), startHttpTarget()]);
});

afterEach(() => target.reset());

afterAll(async () => {
  await prober.close();
  await target.close();
});

async function saidOf(path: string, changes = {}): Promise<string> {
  return said(await prober.http(target.url + path, changes));
}

/** The sockets of a target close a moment after the probe has let go of them. */
async function released(): Promise<void> {
  await vi.waitFor(() => expect(target.openRequests()).toBe(0), { interval: 5 });
}

describe("an HTTP server that answers", () => {
  test("200 is up, with its latency", async () => {
    const result = await prober.http(`${target.url}/`);
    expect(result).toEqual({
      status: "up",
      reason: `HTTP 200 in ${result.latencyMs} ms`,
      latencyMs: expect.any(Number) as number,
      failureKind: null,
    });
  });

  test.each([404, 403, 500, 503])("%i is down", async (status) => {
    expect(await saidOf(`/status/${status}`)).toBe(`down: answered HTTP ${status} instead of 200`);
  });

  test("one of several expected statuses is up", async () => {
    expect(await saidOf("/status/503", { expectedStatuses: [200, 503] })).toMatch(/^up: HTTP 503 in \d+ ms$/);
    expect(await saidOf("/status/500", { expectedStatuses: [200, 204] })).toBe(
      "down: answered HTTP 500 instead of 200 or 204",
    );
  });

  test("a redirect is followed to its end", async () => {
    expect(await saidOf("/redirect/3")).toMatch(/^up: HTTP 200 in \d+ ms$/);
    expect(target.requests.map(({ path }) => path)).toEqual([
      "/redirect/3",
      "/redirect/2",
      "/redirect/1",
      "/",
    ]);
  });

  test("a redirect that is expected is not followed", async () => {
    expect(await saidOf("/redirect/3", { expectedStatuses: [302] })).toMatch(/^up: HTTP 302 in \d+ ms$/);
    expect(target.requests.map(({ path }) => path)).toEqual(["/redirect/3"]);
  });

  test("a redirect to another host takes none of the entry's headers there", async () => {
    const headers = { cookie: "sid=1", authorization: "Bearer 1", "x-api-key": "1", "user-agent": "me" };
    target.set("/away", answer(302, "", { location: `http://localhost:${target.port}/there` }));
    target.set("/there", answer(200));
    expect(await saidOf("/away", { headers })).toMatch(
      /^up: HTTP 200 in \d+ ms \(redirected to localhost:\d+, without the entry's headers\)$/,
    );
    const [first, second] = target.requests;
    expect(first?.headers).toMatchObject(headers);
    expect(second?.headers).toMatchObject({ "user-agent": "me", accept: "*/*" });
    for (const name of ["cookie", "authorization", "x-api-key"])
      expect(second?.headers).not.toHaveProperty(name);
  });

  test("a redirect to an app is down, without what follows its scheme", async () => {
    target.set("/app", answer(302, "", { location: "myapp://callback?code=secret" }));
    expect(await saidOf("/app")).toBe("down: redirects to an address that is not HTTP (myapp:)");
  });

  test.each([600, 799, 999])("%i is up where it is expected, and down otherwise", async (status) => {
    expect(await saidOf(`/status/${status}`, { expectedStatuses: [status] })).toMatch(/^up: HTTP \d+ in/);
    expect(await saidOf(`/status/${status}`)).toBe(`down: answered HTTP ${status} instead of 200`);
  });

  test("redirects in a circle is down", async () => {
    expect(await saidOf("/loop")).toBe("down: redirects without end");
  });

  test("in time, though slowly, is up", async () => {
    const result = await prober.http(`${target.url}/slow/150`, { timeoutMs: 1000 });
    expect(result.status).toBe("up");
    expect(result.latencyMs).toBeGreaterThanOrEqual(150);
  });

  test("too late is down, and its connection is given up", async () => {
    expect(await soon(saidOf("/slow/5000", { timeoutMs: 100 }))).toBe("down: timed out after 100 ms");
    await released();
  });

  test("never is down, and its connection is given up", async () => {
    expect(await soon(saidOf("/hang", { timeoutMs: 100 }))).toBe("down: timed out after 100 ms");
    await released();
  });

  test("with a head whose body never comes is up, and its connection is given up", async () => {
    expect(await saidOf("/late-body", { timeoutMs: 1000 })).toMatch(/^up: HTTP 200 in \d+ ms$/);
    await released();
  });
});

describe("a body", () => {
  test.each(["/huge/100000000", "/endless/200", "/endless/500", "/endless/404"])(
    "of %s is not taken whole, and its connection is released",
    async (path) => {
      await prober.http(target.url + path);
      await vi.waitFor(() => expect(target.bodies).toMatchObject([{ path, released: true }]), {
        interval: 5,
      });
      // What was under way in the sockets' buffers on both sides.
      expect(target.bodies[0]?.bytesTaken).toBeLessThan(20_000_000);
      await released();
    },
  );

  test("that Cloudflare makes up for a dead origin tells why it is dead", async () => {
    const made = [
      [521, "error code: 521", "down: connection refused (HTTP 521)"],
      [522, "", "down: no connection: the server did not answer the connection attempt in time (HTTP 522)"],
      [530, "error code: 1016", "down: host name not found (HTTP 530, error 1016)"],
      [526, "", "down: certificate invalid (HTTP 526)"],
    ] as const;
    for (const [status, body, text] of made) {
      target.set("/made-up", answer(status, body));
      expect(await saidOf("/made-up")).toBe(text);
    }
  });

  test("that Cloudflare makes up for a limit of ours is one, and the server's own is down", async () => {
    const edge = { server: "cloudflare", "cf-ray": "8a1b2c3d4e5f6071-FRA" };
    target.set("/limit", answer(403, "error code: 1003", edge));
    expect(await saidOf("/limit")).toBe(
      "inconclusive: cannot be checked from here: a Worker cannot fetch an address without a host name (error 1003)",
    );
    target.set("/limit", answer(403, "error code: 1003"));
    expect(await saidOf("/limit")).toBe("down: answered HTTP 403 instead of 200");
  });

  test("that only quotes such a code is an ordinary answer", async () => {
    target.set("/blog", answer(404, "<h1>What does error code: 1042 mean?</h1>"));
    expect(await saidOf("/blog")).toBe("down: answered HTTP 404 instead of 200");
  });
});

describe("a request", () => {
  test("carries its method, its headers and our own User-Agent, and asks for no cached answer", async () => {
    await prober.http(`${target.url}/`, { method: "HEAD", headers: { "x-probe": "1" } });
    const [request] = target.requests;
    expect(request).toMatchObject({
      method: "HEAD",
      headers: {
        "user-agent": "Checker/1.0 (uptime monitor)",
        accept: "*/*",
        "x-probe": "1",
        "cache-control": "no-cache",
        pragma: "no-cache",
      },
    });
  });

  test("carries a User-Agent of the owner's where there is one", async () => {
    await prober.http(`${target.url}/`, { headers: { "user-agent": "mine" } });
    expect(target.requests[0]?.headers["user-agent"]).toBe("mine");
  });
});

describe("a server that gives no answer", () => {
  test("because nobody listens is down", async () => {
    const port = await closedPort();
    expect(said(await prober.http(`http://127.0.0.1:${port}/`))).toBe("down: connection refused");
    expect(said(await prober.http(`https://127.0.0.1:${port}/`))).toBe("down: connection refused");
  });

  test("because its name does not exist is down", async () => {
    expect(said(await prober.http("http://nothing.invalid/"))).toBe(
      "down: host name not found or host unreachable",
    );
  });

  test.each(["/reset", "/close"])("because of a %s in mid-request is down", async (path) => {
    expect(await saidOf(path)).toBe(
      "down: the server closed the connection, or answered something that is not HTTP",
    );
  });

  test("because what it says is not HTTP is down", async () => {
    const server = await startGarbageServer("220 mail.example ESMTP\r\n\r\n");
    expect(said(await prober.http(`http://127.0.0.1:${server.port}/`))).toBe(
      "down: the server closed the connection, or answered something that is not HTTP",
    );
    await server.close();
  });

  test("because it says nothing at all is down in time", async () => {
    const server = await startSilentServer();
    expect(said(await soon(prober.http(`http://127.0.0.1:${server.port}/`, { timeoutMs: 100 })))).toBe(
      "down: timed out after 100 ms",
    );
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { interval: 5 });
    await server.close();
  });

  test("because its certificate is good for nothing is down", async () => {
    const certificate = await issueCertificate({ names: ["a.example"] });
    const server = await startTlsServer({ certificate });
    expect(said(await prober.http(`https://127.0.0.1:${server.port}/`))).toBe(
      "down: certificate invalid, or TLS handshake failed",
    );
    await server.close();
  });

  test("because it speaks HTTP where TLS is asked for is down", async () => {
    expect(said(await prober.http(`https://127.0.0.1:${target.port}/`))).toBe(
      "down: certificate invalid, or TLS handshake failed",
    );
  });

  test("because the host that it sends on to is dead is told as that host's failure", async () => {
    const port = await closedPort();
    target.set("/moved", answer(302, "", { location: `http://127.0.0.1:${port}/?token=secret` }));
    expect(await saidOf("/moved")).toBe(
      `down: redirects to 127.0.0.1:${port}, and there: connection refused`,
    );
    target.set("/gone", answer(301, "", { location: "http://nothing.invalid/" }));
    expect(await saidOf("/gone")).toBe(
      "down: redirects to nothing.invalid, and there: host name not found or host unreachable",
    );
  });

  test("gives a job without a probe the same reasons", async () => {
    const port = await closedPort();
    expect(await prober.plainFetch(`http://127.0.0.1:${port}/`)).toEqual({
      thrown: "Error: connection refused",
    });
    expect(await prober.plainFetch("https://nothing.invalid/")).toEqual({
      thrown: "Error: host name not found or host unreachable",
    });
  });

  test.skipIf(!hasIpv6Loopback)("is told apart on IPv6 as well", async () => {
    const server = createServer((request) => request.socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
    const { port } = server.address() as AddressInfo;
    expect(said(await prober.http(`http://[::1]:${port}/`))).toBe(
      "down: the server closed the connection, or answered something that is not HTTP",
    );
    await new Promise((resolve) => server.close(resolve));
  });

  test("within the job's own time makes the probe end with that reason", async () => {
    const result = await soon(prober.http(`${target.url}/hang`, { timeoutMs: 5000 }, 100));
    expect(result).toEqual({ thrown: "Error: the job's time is over" });
    await released();
  });
});

describe("many probes at once", () => {
  test("disturb each other in nothing", async () => {
    target.set("/reset-one", resetting);
    const lines = await Promise.all([
      saidOf("/status/500"),
      saidOf("/hang", { timeoutMs: 200 }),
      saidOf("/reset-one"),
      saidOf("/"),
    ]);
    expect(lines.map((line) => line.replace(/\d+ ms$/, "N ms"))).toEqual([
      "down: answered HTTP 500 instead of 200",
      "down: timed out after N ms",
      "down: the server closed the connection, or answered something that is not HTTP",
      "up: HTTP 200 in N ms",
    ]);
  });
});
