import { afterEach, describe, expect, test, vi } from "vitest";
import { probeReference } from "../../../src/probes/http/reference-probe.ts";
import { fakeContext, fakeSocket } from "../../support/fakes/ports.ts";
import { hangingFetch, watchedBody } from "../../support/fakes/http.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function said(answer: () => Promise<Response>): Promise<string> {
  const refused = (): Promise<never> => Promise.reject(new Error("proxy request failed"));
  const context = fakeContext({ fetch: answer, connect: () => fakeSocket(refused()) });
  const { status, reason } = await probeReference("https://one.example/", context);
  return `${status}: ${reason}`;
}

describe("a reference target can be reached when it answers,", () => {
  test.each([200, 204, 301, 403, 404, 429, 500, 503])("whatever it answers: %i", async (status) => {
    const body = status === 204 ? null : "text";
    expect(await said(() => Promise.resolve(new Response(body, { status })))).toBe(`up: HTTP ${status}`);
  });

  test("also when it answers by itself what Cloudflare would make up for a limit of ours", async () => {
    expect(await said(() => Promise.resolve(new Response("error code: 1042", { status: 404 })))).toBe(
      "up: HTTP 404",
    );
  });

  test("also when it is Cloudflare that refuses in its name", async () => {
    expect(await said(() => Promise.resolve(new Response("error code: 1020", { status: 403 })))).toBe(
      "up: HTTP 403",
    );
  });

  test("and its body is not read", async () => {
    const body = watchedBody({ endless: new Uint8Array(64) });
    await said(() => Promise.resolve(new Response(body.stream)));
    expect(body.read()).toBeLessThan(1_000);
    expect(body.cancelled()).toBe(true);
  });
});

describe("a reference target cannot be reached", () => {
  test.each([
    [521, "error code: 521", "down: connection refused (HTTP 521)"],
    [522, "", "down: no connection: the server did not answer the connection attempt in time (HTTP 522)"],
    [530, "error code: 1016", "down: host name not found (HTTP 530, error 1016)"],
  ])("when Cloudflare answers %i in its place", async (status, body, text) => {
    expect(await said(() => Promise.resolve(new Response(body, { status })))).toBe(text);
  });

  test("when the connection fails", async () => {
    expect(await said(() => Promise.reject(new Error("Network connection lost.")))).toBe(
      "down: connection refused",
    );
  });

  test("when it does not answer within five seconds", async () => {
    vi.useFakeTimers();
    const context = fakeContext({ fetch: hangingFetch });
    const probing = probeReference("https://one.example/", context);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await probing).toMatchObject({ status: "down", reason: "timed out after 5 s" });
  });
});

test("a limit of ours says nothing of it", async () => {
  const headers = { server: "cloudflare", "cf-ray": "8a1b2c3d4e5f6071-FRA" };
  const answer = new Response("error code: 1019", { status: 409, headers });
  expect(await said(() => Promise.resolve(answer))).toBe(
    "inconclusive: cannot be checked from here: the Worker would call itself (error 1019)",
  );
  expect(await said(() => Promise.reject(new Error("Too many subrequests.")))).toBe(
    "inconclusive: cannot be checked from here: Too many subrequests.",
  );
});
