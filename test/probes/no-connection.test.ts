import { afterEach, describe, expect, test, vi } from "vitest";
import type { ProbeContext } from "../../src/core/probe-context.ts";
import { explainConnectError } from "../../src/probes/no-connection.ts";
import { fakeContext } from "../support/fakes/ports.ts";
import { bytes, silentBody, watchedBody } from "../support/fakes/http.ts";

const NOT_CONNECTED = new Error("proxy request failed, cannot connect to the specified address");
const BEHIND_CLOUDFLARE =
  "cannot be checked from here: the host is behind Cloudflare, and a Worker may not connect to it";

const UNCLEAR =
  "inconclusive: cannot be checked from here: no connection, and a Worker cannot tell a host behind Cloudflare, which it may not reach, from one that refuses or has no address";

interface Resolver {
  readonly context: ProbeContext;
  readonly asked: string[];
}

/** A resolver that answers by record type; null makes the look-up fail. */
function resolver(answers: Record<string, unknown> | null): Resolver {
  const asked: string[] = [];
  const context: ProbeContext = {
    signal: new AbortController().signal,
    nowMs: 0,
    elapsedMs: () => 0,
    network: {
      fetch(url) {
        asked.push(url);
        if (answers === null) return Promise.reject(new Error("Network connection lost."));
        const type = new URL(url).searchParams.get("type") ?? "";
        return Promise.resolve(Response.json(answers[type] ?? { Status: 0 }));
      },
      connect: () => {
        throw new Error("nothing connects here");
      },
    },
  };
  return { context, asked };
}

const a = (...data: readonly string[]): unknown => ({
  Status: 0,
  Answer: data.map((one) => ({ type: 1, data: one })),
});

async function judged(
  hostname: string,
  answers: Record<string, unknown> | null,
  port = 443,
): Promise<string> {
  const { status, reason } = await explainConnectError(
    NOT_CONNECTED,
    { hostname, port },
    resolver(answers).context,
  );
  return `${status}: ${reason}`;
}

/** The verdict on `a.example` when this is what the resolver answers. */
async function judgedBy(answer: () => Response): Promise<string> {
  const context = fakeContext({ fetch: () => Promise.resolve(answer()) });
  const target = { hostname: "a.example", port: 443 };
  const { status, reason } = await explainConnectError(NOT_CONNECTED, target, context);
  return `${status}: ${reason}`;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a connection that is not made", () => {
  test("to a public address is down, also on a port of Cloudflare's proxy", async () => {
    expect(await judged("a.example", { A: a("192.0.2.1") })).toBe(
      "down: connection refused, or host unreachable",
    );
    expect(await judged("192.0.2.1", null)).toBe("down: connection refused, or host unreachable");
  });

  test("to a host behind Cloudflare is inconclusive, on every port", async () => {
    for (const port of [443, 5432]) {
      expect(await judged("a.example", { A: a("104.16.132.229") }, port)).toBe(
        `inconclusive: ${BEHIND_CLOUDFLARE}`,
      );
    }
    expect(await judged("a.example", { AAAA: a("2606:4700::1") })).toBe(`inconclusive: ${BEHIND_CLOUDFLARE}`);
  });

  test("to a name on the way to Cloudflare is inconclusive", async () => {
    const answer = {
      Status: 0,
      Answer: [
        { type: 5, data: "b.example." },
        { type: 1, data: "104.16.0.1" },
      ],
    };
    expect(await judged("a.example", { A: answer })).toBe(`inconclusive: ${BEHIND_CLOUDFLARE}`);
  });

  test("to a private address is inconclusive", async () => {
    const reason = "cannot be checked from here: a Worker may not connect to a private address";
    expect(await judged("10.0.0.5", null)).toBe(`inconclusive: ${reason}`);
    expect(await judged("a.example", { A: a("192.168.1.9") })).toBe(`inconclusive: ${reason}`);
  });

  test("to this machine is down", async () => {
    expect(await judged("127.0.0.1", null)).toBe("down: connection refused");
    expect(await judged("localhost", null)).toBe("down: connection refused");
  });

  test("to a name that does not exist is down", async () => {
    expect(await judged("a.example", { A: { Status: 3 }, AAAA: { Status: 3 } })).toBe(
      "down: host name not found",
    );
    expect(await judged("a.example", { A: { Status: 0 } })).toBe("down: host name not found");
    expect(await judged("a.invalid", null)).toBe("down: host name not found");
  });

  test("is judged by its port when the look-up fails", async () => {
    expect(await judged("a.example", null)).toBe(UNCLEAR);
    expect(await judged("a.example", { A: { Status: 2 } })).toBe(UNCLEAR);
    expect(await judged("a.example", null, 5432)).toBe(
      "down: no connection: refused, unreachable, or host name not found",
    );
  });

  test("is judged by its port when the resolver answers at length, of which 20 KB are read", async () => {
    const answer = (size: number): Uint8Array => bytes(JSON.stringify(a("192.0.2.1")).padEnd(size, " "));
    const taken = watchedBody([answer(20_000)]);
    expect(await judgedBy(() => new Response(taken.stream))).toBe(
      "down: connection refused, or host unreachable",
    );
    const long = watchedBody([answer(20_001)]);
    expect(await judgedBy(() => new Response(long.stream))).toBe(UNCLEAR);
    const endless = watchedBody({ endless: bytes(" ".repeat(1_000)) });
    expect(await judgedBy(() => new Response(endless.stream))).toBe(UNCLEAR);
    expect([endless.read(), endless.cancelled()]).toEqual([21_000, true]);
  });

  test("is judged by its port when the resolver answers with another status, of which nothing is read", async () => {
    const body = watchedBody({ endless: bytes(" ") });
    expect(await judgedBy(() => new Response(body.stream, { status: 502 }))).toBe(UNCLEAR);
    expect([body.read(), body.cancelled()]).toEqual([0, true]);
  });

  test("is judged by its port when the resolver begins an answer and does not end it within 3 s", async () => {
    vi.useFakeTimers();
    const judging = judgedBy(() => new Response(silentBody()));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await judging).toBe(UNCLEAR);
  });

  test("asks for the address only when the error has causes on both sides", async () => {
    const { context, asked } = resolver({ A: a("192.0.2.1") });
    const target = { hostname: "a.example", port: 22 };
    await explainConnectError(new Error("Network connection lost."), target, context);
    expect(asked).toEqual([]);
    await explainConnectError(NOT_CONNECTED, target, context);
    expect(asked).toEqual(["https://cloudflare-dns.com/dns-query?name=a.example&type=A"]);
  });
});
