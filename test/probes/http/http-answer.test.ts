import { describe, expect, test } from "vitest";
import type { Outcome } from "../../../src/core/outcome.ts";
import { probeHttp, type HttpTarget } from "../../../src/probes/http/http-probe.ts";
import { fakeContext } from "../../support/fakes/ports.ts";

/** What Cloudflare's edge puts on all that it makes up. */
const EDGE = { server: "cloudflare", "cf-ray": "8a1b2c3d4e5f6071-FRA" };

const TARGET: HttpTarget = {
  url: "https://a.example/",
  method: "GET",
  headers: {},
  expectedStatuses: [200],
  timeoutMs: 10_000,
};

function probe(fetch: () => Promise<Response>, changes: Partial<HttpTarget> = {}): Promise<Outcome> {
  return probeHttp({ ...TARGET, ...changes }, fakeContext({ fetch }));
}

async function said(
  status: number,
  body: string,
  changes: Partial<HttpTarget> = {},
  headers: Record<string, string> = {},
): Promise<string> {
  const outcome = await probe(() => Promise.resolve(new Response(body, { status, headers })), changes);
  return `${outcome.status}: ${outcome.reason}`;
}

describe("an answer that Cloudflare made up for a server that gave none", () => {
  test.each([
    [520, "the server closed the connection, or answered something that is not HTTP (HTTP 520)"],
    [521, "connection refused (HTTP 521)"],
    [522, "no connection: the server did not answer the connection attempt in time (HTTP 522)"],
    [523, "server unreachable (HTTP 523)"],
    [524, "the server accepted the connection but did not answer in time (HTTP 524)"],
    [525, "TLS handshake failed (HTTP 525)"],
    [526, "certificate invalid (HTTP 526)"],
    [527, "connection interrupted (HTTP 527)"],
    [528, "answered HTTP 528 instead of 200"],
    [530, "host name not found or server unreachable (HTTP 530)"],
  ])("with HTTP %d is told in words", async (status, reason) => {
    const outcome = await probe(() => Promise.resolve(new Response("<html>branded page</html>", { status })));
    expect(outcome).toMatchObject({ status: "down", reason });
  });

  test.each([
    ["error code: 1016", "down: host name not found (HTTP 530, error 1016)"],
    ["error code: 1001\n", "down: host name not found (HTTP 530, error 1001)"],
    ["\r\nError code: 1033", "down: its Cloudflare Tunnel is down (HTTP 530, error 1033)"],
    ["error code: 1000", "down: its DNS points to an address that is not allowed (HTTP 530, error 1000)"],
    ["error code: 1002", "down: its DNS points to an address that is not allowed (HTTP 530, error 1002)"],
    ["error code: 1004", "down: host name not configured (HTTP 530, error 1004)"],
    ["error code: 1018", "down: host name not found at Cloudflare (HTTP 530, error 1018)"],
    ["error code: 1999", "down: host name not found or server unreachable (HTTP 530, error 1999)"],
    ["error code: 10160", "down: host name not found or server unreachable (HTTP 530)"],
    ["see error code: 1016", "down: host name not found or server unreachable (HTTP 530)"],
  ])("and gives its cause as %j is told with that", async (body, expected) => {
    expect(await said(530, body)).toBe(expected);
  });

  test.each([
    [
      404,
      1042,
      "https://b.a.workers.dev/",
      "a Worker cannot fetch another Worker of its account by its workers.dev name",
    ],
    [403, 1003, "https://192.0.2.1/", "a Worker cannot fetch an address without a host name"],
    [403, 1003, "https://[2001:db8::1]:8443/", "a Worker cannot fetch an address without a host name"],
    [530, 1019, "https://a.example/", "the Worker would call itself"],
  ])(
    "with HTTP %d and error %d for %s is a limit of ours and says nothing of the target",
    async (status, code, url, limit) => {
      expect(await said(status, `error code: ${code}`, { url }, EDGE)).toBe(
        `inconclusive: cannot be checked from here: ${limit} (error ${code})`,
      );
    },
  );

  test.each([403, 404, 409])("may give its cause with HTTP %d", async (status) => {
    expect(await said(status, "error code: 1016", {}, EDGE)).toBe(
      `down: host name not found (HTTP ${status}, error 1016)`,
    );
  });

  test.each([520, 523, 530])("may give its cause with HTTP %d, which nobody else uses", async (status) => {
    expect(await said(status, "error code: 1016")).toBe(
      `down: host name not found (HTTP ${status}, error 1016)`,
    );
  });

  describe("is not what a server itself answers:", () => {
    const IP = "https://192.0.2.1/";
    test.each<[string, string, Record<string, string>]>([
      ["without any header of the edge", IP, {}],
      ["as another proxy", IP, { server: "nginx", "cf-ray": "8a1b2c3d4e5f6071-FRA" }],
      ["with the name of the edge", IP, { server: "cloudflare" }],
      ["through the edge and its cache", IP, { ...EDGE, "cf-cache-status": "DYNAMIC" }],
      ["through the edge, under a name of its own", "https://a.example/", EDGE],
      ["through the edge, as a Worker of another account", "https://b.a.workers.dev/", EDGE],
    ])("error 1003 %s is down", async (_how, url, headers) => {
      expect(await said(403, "error code: 1003", { url }, headers)).toBe(
        "down: answered HTTP 403 instead of 200",
      );
    });

    test.each<[number, number, string, Record<string, string>]>([
      [404, 1042, "https://b.a.workers.dev/", {}],
      [404, 1042, "https://a.example/", EDGE],
      [404, 1042, "https://workers.dev.a.example/", EDGE],
      [409, 1019, "https://a.example/", {}],
      [403, 1016, "https://a.example/", {}],
    ])("HTTP %d and error %d for %s is down", async (status, code, url, headers) => {
      expect(await said(status, `error code: ${code}`, { url }, headers)).toBe(
        `down: answered HTTP ${status} instead of 200`,
      );
    });

    test("error 1042 with a status of the edge is down as that", async () => {
      expect(await said(530, "error code: 1042")).toBe(
        "down: host name not found or server unreachable (HTTP 530, error 1042)",
      );
    });
  });

  test("quoted by a server with a status of its own is that server's answer", async () => {
    expect(await said(500, "error code: 1042")).toBe("down: answered HTTP 500 instead of 200");
  });
});

describe("a bot challenge", () => {
  test("is named, since it is Cloudflare that answered and not the server", async () => {
    const outcome = await probe(() =>
      Promise.resolve(
        new Response("Just a moment", { status: 403, headers: { "cf-mitigated": "Challenge " } }),
      ),
    );
    expect(outcome).toEqual({
      status: "down",
      reason: "Cloudflare's bot challenge answered instead of the server (HTTP 403)",
      latencyMs: 12,
      failureKind: "bot challenge",
    });
  });

  test("is up where its status is expected, and another mitigation is an ordinary answer", async () => {
    expect(await said(403, "", { expectedStatuses: [403] }, { "cf-mitigated": "challenge" })).toMatch(/^up/);
    expect(await said(403, "", {}, { "cf-mitigated": "block" })).toBe(
      "down: answered HTTP 403 instead of 200",
    );
  });
});
