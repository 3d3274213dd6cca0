import { afterEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../../src/core/outcome.ts";
import { probeHttp, type HttpTarget } from "../../../src/probes/http/http-probe.ts";
import { fakeContext, never } from "../../support/fakes/ports.ts";
import {
  brokenBody,
  bytes,
  emptyPieces,
  hangingFetch,
  silentBody,
  watchedBody,
} from "../../support/fakes/http.ts";

const TARGET: HttpTarget = {
  url: "https://a.example/",
  method: "GET",
  headers: {},
  expectedStatuses: [200],
  timeoutMs: 10_000,
};

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

function probe(fetch: Fetch, changes: Partial<HttpTarget> = {}): Promise<Outcome> {
  return probeHttp({ ...TARGET, ...changes }, fakeContext({ fetch }));
}

/** What the probe makes of an answer with this status and body. */
async function said(
  status: number,
  body: BodyInit | null = null,
  changes: Partial<HttpTarget> = {},
): Promise<string> {
  const outcome = await probe(() => Promise.resolve(new Response(body, { status })), changes);
  return `${outcome.status}: ${outcome.reason}`;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("an answer", () => {
  test("with the expected status is up, with the time until its head", async () => {
    expect(await probe(() => Promise.resolve(new Response("hello")))).toEqual({
      status: "up",
      reason: "HTTP 200 in 12 ms",
      latencyMs: 12,
      failureKind: null,
    });
  });

  test.each([200, 204, 404, 503])("with any of several expected statuses is up: %d", async (status) => {
    const expectedStatuses = [200, 204, 404, 503];
    expect(await said(status, null, { expectedStatuses })).toBe(`up: HTTP ${status} in 12 ms`);
  });

  test("with another status is down, with both", async () => {
    expect(await said(500, "boom")).toBe("down: answered HTTP 500 instead of 200");
    expect(await said(200, "hi", { expectedStatuses: [204, 304] })).toBe(
      "down: answered HTTP 200 instead of 204 or 304",
    );
    expect(await said(404, "<h1>error code: 1016</h1>")).toBe("down: answered HTTP 404 instead of 200");
  });

  test("that is an unexpected status keeps its latency", async () => {
    expect(await probe(() => Promise.resolve(new Response("x", { status: 500 })))).toMatchObject({
      latencyMs: 12,
    });
  });

  test("that redirects is up where that is expected", async () => {
    const init: RequestInit[] = [];
    const fetch: Fetch = (_url, given) => {
      init.push(given);
      return Promise.resolve(new Response(null, { status: 302 }));
    };
    expect(await probe(fetch, { expectedStatuses: [302] })).toMatchObject({ status: "up" });
    expect(await probe(fetch)).toMatchObject({ status: "down", reason: "answered HTTP 302 instead of 200" });
    // Followed here and not by fetch(), which would take all headers along.
    expect(init.map((each) => each.redirect)).toEqual(["manual", "manual"]);
  });
});

describe("a body", () => {
  test("of a good answer is let go unread, be it without end", async () => {
    const body = watchedBody({ endless: bytes("x".repeat(65_536)) });
    expect(await said(200, body.stream)).toBe("up: HTTP 200 in 12 ms");
    expect(body.cancelled()).toBe(true);
    expect(body.read()).toBe(0);
  });

  test.each<[string, () => Promise<void>]>([
    ["fails at that", () => Promise.reject(new Error("Network connection lost."))],
    ["never has done with it", () => never()],
  ])("of a good answer does not matter when letting it go %s", async (_how, cancel) => {
    const body = new ReadableStream<Uint8Array>({ cancel }, { highWaterMark: 0 });
    expect(await said(200, body)).toBe("up: HTTP 200 in 12 ms");
    expect(await said(500, new ReadableStream<Uint8Array>({ cancel }, { highWaterMark: 0 }))).toBe(
      "down: answered HTTP 500 instead of 200",
    );
  });

  test("of a bad answer is let go unread", async () => {
    const body = watchedBody({ endless: bytes("x") });
    expect(await said(500, body.stream)).toBe("down: answered HTTP 500 instead of 200");
    expect(body.cancelled()).toBe(true);
    expect(body.read()).toBe(0);
  });

  test("that may hold an error code is read for its first bytes only", async () => {
    const body = watchedBody({ endless: bytes("x".repeat(100)) });
    expect(await said(404, body.stream)).toBe("down: answered HTTP 404 instead of 200");
    expect(body.cancelled()).toBe(true);
    expect(body.read()).toBe(300);
  });

  test("that comes in empty pieces without end is let go after some of them", async () => {
    const body = emptyPieces();
    expect(await said(404, body.stream)).toBe("down: answered HTTP 404 instead of 200");
    expect(body.given()).toBe(257);
  });

  test("that comes in pieces is put together", async () => {
    const body = watchedBody(["err", "or code", ": 1016"].map(bytes));
    expect(await said(530, body.stream)).toBe("down: host name not found (HTTP 530, error 1016)");
  });

  test("that breaks or stalls after a bad head does not hide that head", async () => {
    expect(await said(404, brokenBody())).toBe("down: answered HTTP 404 instead of 200");
    vi.useFakeTimers();
    const stalled = said(404, silentBody());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await stalled).toBe("down: answered HTTP 404 instead of 200");
  });
});

describe("a server that does not answer", () => {
  test.each([
    [10_000, "timed out after 10 s"],
    [1_500, "timed out after 1500 ms"],
    [500, "timed out after 500 ms"],
  ])("within %d ms is down: %s, and the request is given up", async (timeoutMs, reason) => {
    vi.useFakeTimers();
    let signal: AbortSignal | null | undefined;
    const probing = probe(
      (url, init) => {
        signal = init.signal;
        return hangingFetch(url, init);
      },
      { timeoutMs },
    );
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await probing).toEqual({ status: "down", reason, latencyMs: null, failureKind: null });
    expect(signal?.aborted).toBe(true);
  });

  test("and does not listen to the signal either is down in time all the same", async () => {
    vi.useFakeTimers();
    const probing = probe(() => never<Response>());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await probing).toMatchObject({ status: "down", reason: "timed out after 10 s" });
  });

  test("while the job's own time ends is left to the job", async () => {
    const controller = new AbortController();
    const probing = probeHttp(TARGET, fakeContext({ fetch: hangingFetch }, { signal: controller.signal }));
    controller.abort(new Error("did not end within 30 s"));
    await expect(probing).rejects.toThrow("did not end within 30 s");
  });
});
