import { afterEach, describe, expect, test, vi } from "vitest";
import type { Network } from "../../../src/core/ports.ts";
import { withReadableErrors } from "../../../src/probes/http/readable-errors.ts";
import { fakeNetwork, fakeSocket, never } from "../../support/fakes/ports.ts";

const LOST = new Error("Network connection lost.");
const INTERNAL = new Error("internal error; reference = abc123");
const refusing = (): Promise<never> => Promise.reject(new Error("proxy request failed"));

afterEach(() => {
  vi.useRealTimers();
});
const URL_TEXT = "http://a.example/";

/** What fetch of the explained network throws when the real one throws `thrown`, with every port closed. */
async function explained(thrown: Error, init: RequestInit = {}): Promise<unknown> {
  const network = fakeNetwork({
    fetch: () => Promise.reject(thrown),
    connect: () => fakeSocket(Promise.reject(new Error("proxy request failed"))),
  });
  return withReadableErrors(network)
    .fetch(URL_TEXT, init)
    .then(
      () => "nothing",
      (error: unknown) => error,
    );
}

test("an exception that names no cause becomes one that does, and keeps the first", async () => {
  expect(await explained(LOST)).toEqual(new Error("connection refused", { cause: LOST }));
  const internal = new Error("internal error; reference = abc123");
  expect(await explained(internal)).toEqual(
    new Error("host name not found or host unreachable", { cause: internal }),
  );
});

test("an exception that names its cause comes through as it is", async () => {
  const limit = new Error("Too many subrequests.");
  expect(await explained(limit)).toBe(limit);
  const wrong = new TypeError("Invalid URL");
  expect(await explained(wrong)).toBe(wrong);
});

test("an exception with addresses in it becomes one without", async () => {
  const app = new TypeError("Fetch API cannot load: myapp://callback?code=secret");
  expect(await explained(app)).toEqual(
    new Error("redirects to an address that is not HTTP (myapp:)", { cause: app }),
  );
  const circle = new TypeError("Too many redirects.http://a.example/?code=secret");
  expect(await explained(circle)).toEqual(new Error("redirects without end", { cause: circle }));
});

test("an abort comes through as it is, whatever was thrown", async () => {
  expect(await explained(LOST, { signal: AbortSignal.abort() })).toBe(LOST);
});

test("an answer and a connection come through as they are", async () => {
  const answer = new Response("well");
  const socket = fakeSocket(Promise.resolve());
  const network = withReadableErrors({ fetch: () => Promise.resolve(answer), connect: () => socket });
  expect(await network.fetch(URL_TEXT, {})).toBe(answer);
  expect(network.connect({ hostname: "a.example", port: 1 })).toBe(socket);
});

describe("a server that can be reached is asked whether it sends on, for then the fault may be there:", () => {
  /** `a.example` redirects to `b.example`, and so on; whoever sends nowhere breaks the connection. */
  const chain = (redirects: Readonly<Record<string, string>>, dead: readonly string[] = []): Network =>
    fakeNetwork({
      connect: ({ hostname }) =>
        fakeSocket(dead.includes(hostname) ? refusing() : Promise.resolve(), () => undefined),
      fetch: (url, init) => {
        expect(init).toMatchObject({ redirect: "manual", cache: "no-store" });
        const location = redirects[new URL(url).host];
        if (location === undefined) return Promise.reject(LOST);
        return Promise.resolve(new Response("moved", { status: 302, headers: { location } }));
      },
    });
  /** What the explained network says where fetch() itself follows, and fails with `thrown`. */
  const reason = async (thrown: Error, network: Network): Promise<string> => {
    let asked = 0;
    const fetch: Network["fetch"] = (url, init) =>
      asked++ === 0 ? Promise.reject(thrown) : network.fetch(url, init);
    const error: unknown = await withReadableErrors({ ...network, fetch })
      .fetch("https://a.example/x", {})
      .catch((caught: unknown) => caught);
    return (error as Error).message;
  };

  test("the reason names the host, and not the rest of the address", async () => {
    const context = chain({ "a.example": "https://b.example:8443/?token=secret" }, ["b.example"]);
    expect(await reason(LOST, context)).toBe("redirects to b.example:8443, and there: connection refused");
    expect(await reason(INTERNAL, context)).toBe(
      "redirects to b.example:8443, and there: host name not found or host unreachable",
    );
  });

  test("a relative redirect stays with its host", async () => {
    const context = chain({ "a.example": "/login", "b.example": "/" });
    expect(await reason(INTERNAL, context)).toBe(
      "redirects to a.example, and there: redirects to a.example, and there: redirects to a.example, and there: certificate invalid, or TLS handshake failed",
    );
  });

  test.each(["ftp://b.example/", "https://", "nonsense://"])("%s leads nowhere", async (location) => {
    expect(await reason(LOST, chain({ "a.example": location }))).toBe(
      "the server closed the connection, or answered something that is not HTTP",
    );
  });

  test("one that hangs is waited for no longer than three seconds", async () => {
    vi.useFakeTimers();
    const judging = reason(LOST, fakeNetwork({ connect: () => fakeSocket(Promise.resolve()), fetch: never }));
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await judging).toBe("the server closed the connection, or answered something that is not HTTP");
  });
});
