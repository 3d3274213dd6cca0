import { afterEach, describe, expect, test, vi } from "vitest";
import { explainFetchError } from "../../../src/probes/http/http-error.ts";
import { ProbeTimeout } from "../../../src/core/time/deadline.ts";
import { fakeContext, fakeSocket, never } from "../../support/fakes/ports.ts";

interface SecondLook {
  readonly addresses: { readonly hostname: string; readonly port: number }[];
  closed: number;
}

/** What an exception of fetch means when a plain connection opens as `opened` does. */
async function judged(
  thrown: unknown,
  opened: () => Promise<unknown> = () => Promise.resolve(),
  url = "https://a.example/x",
): Promise<{ said: string; look: SecondLook }> {
  const look: SecondLook = { addresses: [], closed: 0 };
  const context = fakeContext({
    connect: (address) => {
      look.addresses.push({ ...address });
      return fakeSocket(opened(), () => (look.closed += 1));
    },
  });
  const { status, reason } = await explainFetchError(thrown, new URL(url), context);
  return { said: `${status}: ${reason}`, look };
}

const refusing = (): Promise<never> => Promise.reject(new Error("proxy request failed"));
const LOST = new Error("Network connection lost.");
const INTERNAL = new Error("internal error; reference = abc123");

afterEach(() => {
  vi.useRealTimers();
});

describe("an exception that speaks for itself needs no second look:", () => {
  test.each([
    [new ProbeTimeout(10_000), "down: timed out after 10 s"],
    [new Error("Too many subrequests."), "inconclusive: cannot be checked from here: Too many subrequests."],
    [new TypeError("Too many redirects. https://a.example/"), "down: redirects without end"],
    [new TypeError("Invalid URL\r\nX-Evil: 1"), "down: TypeError: Invalid URL X-Evil: 1"],
    ["just text", "down: just text"],
    [new Error(" \n"), "down: an error without a message"],
  ])("%s", async (thrown, expected) => {
    const { said, look } = await judged(thrown);
    expect(said).toBe(expected);
    expect(look.addresses).toEqual([]);
  });
});

describe("an exception that says the same of two faults is told by whether a connection can be made:", () => {
  test("a lost connection is a refused one, or one that broke", async () => {
    expect((await judged(LOST, refusing)).said).toBe("down: connection refused");
    expect((await judged(LOST)).said).toBe(
      "down: the server closed the connection, or answered something that is not HTTP",
    );
  });

  test("an internal error is an unknown host, or a bad certificate", async () => {
    expect((await judged(INTERNAL, refusing)).said).toBe("down: host name not found or host unreachable");
    expect((await judged(INTERNAL)).said).toBe("down: certificate invalid, or TLS handshake failed");
    expect((await judged(INTERNAL, undefined, "http://a.example/")).said).toBe("down: host unreachable");
  });

  test.each([
    ["https://a.example/", "a.example", 443],
    ["http://a.example/", "a.example", 80],
    ["http://a.example:8080/", "a.example", 8080],
    ["http://[2001:db8::1]:8080/", "2001:db8::1", 8080],
    ["https://192.0.2.1:8443/x?y#z", "192.0.2.1", 8443],
  ])("at the address of %s", async (url, hostname, port) => {
    expect((await judged(LOST, undefined, url)).look.addresses).toEqual([{ hostname, port }]);
  });

  test("the connection is closed again, also one that never opens within three seconds", async () => {
    expect((await judged(LOST)).look.closed).toBe(1);
    expect((await judged(LOST, refusing)).look.closed).toBe(1);
    vi.useFakeTimers();
    const judging = judged(LOST, () => never());
    await vi.advanceTimersByTimeAsync(3_000);
    const { said, look } = await judging;
    expect(said).toBe("down: connection refused");
    expect(look.closed).toBe(1);
  });

  test("the connection is not waited for when it does not close", async () => {
    const context = fakeContext({
      connect: () => ({ ...fakeSocket(Promise.resolve()), close: () => never() }),
    });
    expect(await explainFetchError(LOST, new URL("https://a.example/"), context)).toMatchObject({
      reason: "the server closed the connection, or answered something that is not HTTP",
    });
  });

  test("where not even the attempt is possible, it is as if it had failed", async () => {
    const context = fakeContext({
      connect: () => {
        throw new TypeError("Specified address is missing port.");
      },
    });
    expect(await explainFetchError(LOST, new URL("https://a.example/"), context)).toMatchObject({
      status: "down",
    });
  });
});

test("once the job's own time is over the exception comes through", async () => {
  const context = fakeContext({}, { signal: AbortSignal.abort(new Error("did not end within 30 s")) });
  await expect(explainFetchError(LOST, new URL("https://a.example/"), context)).rejects.toBe(LOST);
});

describe("where redirects led to another host, the reason names that host and no more of the address:", () => {
  const first = new URL("https://a.example/x");
  const at = async (thrown: unknown, url: string): Promise<string> => {
    const context = fakeContext({ connect: () => fakeSocket(refusing()) });
    return (await explainFetchError(thrown, new URL(url), context, first)).reason;
  };

  test.each([
    [
      LOST,
      "https://b.example:8443/?token=secret",
      "redirects to b.example:8443, and there: connection refused",
    ],
    [
      new ProbeTimeout(500),
      "https://b.example/",
      "redirects to b.example, and there: timed out after 500 ms",
    ],
    [LOST, "http://a.example/", "redirects to a.example, and there: connection refused"],
    [LOST, "https://a.example/y", "connection refused"],
  ])("%s at %s", async (thrown, url, reason) => {
    expect(await at(thrown, url)).toBe(reason);
  });
});

test.each([
  [
    new TypeError("Fetch API cannot load: myapp://callback?code=secret"),
    "down: redirects to an address that is not HTTP (myapp:)",
  ],
  [
    new TypeError("Fetch API cannot load: http://*.b.example/?code=secret"),
    "down: redirects to an address that cannot be requested",
  ],
  [
    new TypeError("Too many redirects.http://b.example/?secret, http://b.example/"),
    "down: redirects without end",
  ],
  [new Error("no way to https://u:secret@b.example/secret now"), "down: no way to https:… now"],
])("the addresses in an exception are not shown: %s", async (thrown, expected) => {
  expect((await judged(thrown)).said).toBe(expected);
});
