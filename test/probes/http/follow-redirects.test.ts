import { describe, expect, test } from "vitest";
import { probeHttp, type HttpTarget } from "../../../src/probes/http/http-probe.ts";
import { fakeContext } from "../../support/fakes/ports.ts";
import { bytes, watchedBody } from "../../support/fakes/http.ts";

interface Request {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
}

const SECRETS = { cookie: "sid=secret", authorization: "Bearer secret", "x-api-key": "secret" };
const OWN = { "user-agent": "Checker/1.0 (uptime monitor)", accept: "*/*" };

/** Asks `https://a.example/`. Each address redirects as `redirects` says, by 302, and otherwise answers `last`. */
async function probe(
  redirects: Readonly<Record<string, string | readonly [status: number, location: string]>>,
  changes: Partial<HttpTarget> = {},
  last = 200,
): Promise<{ said: string; requests: Request[] }> {
  const requests: Request[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    expect(init).toMatchObject({ redirect: "manual", cache: "no-store" });
    requests.push({
      url,
      method: init.method ?? "",
      headers: { ...(init.headers as Record<string, string>) },
    });
    const to = redirects[url];
    if (to === undefined) return Promise.resolve(new Response(null, { status: last }));
    const [status, location] = typeof to === "string" ? [302, to] : to;
    return Promise.resolve(new Response(null, { status, headers: { location } }));
  };
  const target: HttpTarget = {
    url: "https://a.example/",
    method: "GET",
    headers: SECRETS,
    expectedStatuses: [200],
    timeoutMs: 10_000,
    ...changes,
  };
  const { status, reason } = await probeHttp(target, fakeContext({ fetch }));
  return { said: `${status}: ${reason}`, requests };
}

describe("an entry's headers", () => {
  test("follow a redirect within their origin", async () => {
    const { said, requests } = await probe({ "https://a.example/": "/x", "https://a.example/x": "y?z#f" });
    expect(said).toBe("up: HTTP 200 in 12 ms");
    expect(requests.map(({ url }) => url)).toEqual([
      "https://a.example/",
      "https://a.example/x",
      "https://a.example/y?z#f",
    ]);
    expect(requests.map(({ headers }) => headers)).toEqual([1, 2, 3].map(() => ({ ...OWN, ...SECRETS })));
  });

  test.each([
    ["another host", "https://b.example/"],
    ["a host below it", "https://x.a.example/"],
    ["the same host without TLS", "http://a.example/"],
    ["another port of it", "https://a.example:8443/"],
    ["another host, without a scheme", "//b.example/"],
    ["the host with a final dot", "https://a.example./"],
  ])("are not sent to %s", async (_what, location) => {
    const { requests } = await probe({ "https://a.example/": location });
    expect(requests).toHaveLength(2);
    expect(requests[1]?.headers).toEqual(OWN);
  });

  test("are not sent again when another host leads back", async () => {
    const { said, requests } = await probe(
      { "https://a.example/": "https://b.example/", "https://b.example/": "https://a.example/delete" },
      {},
      401,
    );
    expect(requests[2]).toEqual({ url: "https://a.example/delete", method: "GET", headers: OWN });
    expect(said).toBe(
      "down: answered HTTP 401 instead of 200 (redirected to https://a.example, without the entry's headers)",
    );
  });

  test("go along as far as they name the client and what it takes", async () => {
    const headers = { "user-agent": "me", accept: "text/html", "x-api-key": "secret" };
    const { requests } = await probe({ "https://a.example/": "https://b.example/" }, { headers });
    expect(requests.map((request) => request.headers)).toEqual([
      headers,
      { "user-agent": "me", accept: "text/html" },
    ]);
  });
});

describe("a redirect that ended on another host is said,", () => {
  test.each([
    [
      "https://b.example:8443/login?token=secret",
      404,
      "down: answered HTTP 404 instead of 200 (redirected to b.example:8443)",
    ],
    ["https://b.example/", 200, "up: HTTP 200 in 12 ms (redirected to b.example)"],
    ["https://u:secret@b.example/", 200, "up: HTTP 200 in 12 ms (redirected to b.example)"],
    ["https://müller.example/", 200, "up: HTTP 200 in 12 ms (redirected to xn--mller-kva.example)"],
    ["http://a.example/", 200, "up: HTTP 200 in 12 ms"],
  ])("by the host alone: %s", async (location, last, expected) => {
    const { said, requests } = await probe({ "https://a.example/": location }, { headers: {} }, last);
    expect(said).toBe(expected);
    expect(requests[1]?.url).not.toContain("u:secret");
  });
});

describe("a redirect's method", () => {
  test.each([
    [301, "POST", "GET"],
    [302, "POST", "GET"],
    [303, "POST", "GET"],
    [303, "PUT", "GET"],
    [303, "HEAD", "HEAD"],
    [302, "PUT", "PUT"],
    [307, "POST", "POST"],
    [308, "DELETE", "DELETE"],
  ])("after HTTP %i of a %s is %s", async (status, method, then) => {
    const { requests } = await probe({ "https://a.example/": [status, "/x"] }, { method });
    expect(requests.map((request) => request.method)).toEqual([method, then]);
  });
});

describe("a redirect that leads nowhere", () => {
  test.each([
    ["myapp://callback?code=secret", "redirects to an address that is not HTTP (myapp:)"],
    ["MAILTO:secret@b.example", "redirects to an address that is not HTTP (mailto:)"],
    ["data:text/plain,secret", "redirects to an address that is not HTTP (data:)"],
    ["http://b.example:secret/", "redirects to an address that cannot be requested"],
    ["http://b ex.example/secret", "redirects to an address that cannot be requested"],
    ["http://*.b.example/secret", "redirects to an address that cannot be requested"],
  ])("to %s is down, without its secrets", async (location, reason) => {
    expect((await probe({ "https://a.example/": location })).said).toBe(`down: ${reason}`);
  });

  test.each([300, 304, 305])("is the answer itself with HTTP %i", async (status) => {
    const { said, requests } = await probe({ "https://a.example/": [status, "/x"] });
    expect(said).toBe(`down: answered HTTP ${status} instead of 200`);
    expect(requests).toHaveLength(1);
  });

  test("is the answer itself without a Location", async () => {
    expect((await probe({}, {}, 302)).said).toBe("down: answered HTTP 302 instead of 200");
    expect((await probe({ "https://a.example/": "" })).said).toBe("down: answered HTTP 302 instead of 200");
  });

  test("but to another host is that host's", async () => {
    const { said } = await probe({
      "https://a.example/": "https://b.example/",
      "https://b.example/": "myapp://secret",
    });
    expect(said).toBe(
      "down: redirects to b.example, and there: redirects to an address that is not HTTP (myapp:)",
    );
  });
});

test("twenty redirects are followed, and no more", async () => {
  const chain = (length: number): Record<string, string> =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [`https://a.example/${i === 0 ? "" : i}`, `/${i + 1}`]),
    );
  expect((await probe(chain(20))).said).toBe("up: HTTP 200 in 12 ms");
  const { said, requests } = await probe(chain(21));
  expect(said).toBe("down: redirects without end");
  expect(requests).toHaveLength(21);
});

test("the body of each redirect is let go unread", async () => {
  const body = watchedBody({ endless: bytes("x") });
  const answers = [
    new Response(body.stream, { status: 302, headers: { location: "/x" } }),
    new Response("fine"),
  ];
  const fetch = (): Promise<Response> => Promise.resolve(answers.shift() ?? Response.error());
  const target: HttpTarget = {
    url: "https://a.example/",
    method: "GET",
    headers: {},
    expectedStatuses: [200],
    timeoutMs: 10_000,
  };
  expect(await probeHttp(target, fakeContext({ fetch }))).toMatchObject({ status: "up" });
  expect(body.cancelled()).toBe(true);
  expect(body.read()).toBe(0);
});
