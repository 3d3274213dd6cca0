import { afterEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/core/outcome.ts";
import { probeTcp, type TcpTarget } from "../../src/probes/tcp-probe.ts";
import { fakeContext, fakeSocket, never } from "../support/fakes/ports.ts";

const TARGET: TcpTarget = { hostname: "a.example", port: 22, timeoutMs: 10_000 };

/** What the probe makes of a connection that opens as `opened` does, and how often it closed it. */
async function probed(
  opened: () => Promise<unknown>,
  changes: Partial<TcpTarget> = {},
): Promise<{ outcome: Outcome; closed: number }> {
  let closed = 0;
  const connect = () => fakeSocket(opened(), () => (closed += 1));
  const outcome = await probeTcp({ ...TARGET, ...changes }, fakeContext({ connect }));
  return { outcome, closed };
}

async function said(text: string, port = 22): Promise<string> {
  const { outcome } = await probed(() => Promise.reject(new Error(text)), { port });
  return `${outcome.status}: ${outcome.reason}`;
}

const REFUSED = "proxy request failed, cannot connect to the specified address";

afterEach(() => {
  vi.useRealTimers();
});

describe("a TCP port", () => {
  test("that opens is up, with the time it took, and is closed again", async () => {
    const { outcome, closed } = await probed(() => Promise.resolve());
    expect(outcome).toEqual({ status: "up", reason: "connected in 12 ms", latencyMs: 12, failureKind: null });
    expect(closed).toBeGreaterThan(0);
  });

  test("that does not open in time is down, and the attempt is given up", async () => {
    vi.useFakeTimers();
    const probing = probed(() => never());
    await vi.advanceTimersByTimeAsync(10_000);
    const { outcome, closed } = await probing;
    expect(outcome).toEqual({
      status: "down",
      reason: "no connection: timed out after 10 s",
      latencyMs: null,
      failureKind: null,
    });
    expect(closed).toBe(1);
  });

  test("that refuses is down", async () => {
    expect(await said(REFUSED)).toBe("down: no connection: refused, unreachable, or host name not found");
  });

  test("whose connection is lost is down", async () => {
    expect(await said("Network connection lost.")).toBe("down: connection lost");
  });

  test.each([443, 8443, 2053])("that may be behind Cloudflare is never told as down: %d", async (port) => {
    expect(await said(REFUSED, port)).toMatch(/^inconclusive: cannot be checked from here: no connection, /);
  });

  test("that Workers may not reach is a limit of ours", async () => {
    expect(await said("Connections to port 25 are prohibited.", 25)).toBe(
      "inconclusive: cannot be checked from here: Workers may not connect to port 25",
    );
    expect(await said("Too many subrequests.")).toBe(
      "inconclusive: cannot be checked from here: Too many subrequests.",
    );
  });

  test("to which connect refuses at once is a limit of ours", async () => {
    const connect = (): never => {
      throw new TypeError("Specified address could not be parsed.");
    };
    expect(await probeTcp(TARGET, fakeContext({ connect }))).toMatchObject({
      status: "inconclusive",
      reason: "cannot be checked from here: TypeError: Specified address could not be parsed.",
    });
  });

  test("that opens while the job's own time ends is left to the job, and closed", async () => {
    const controller = new AbortController();
    const close = vi.fn();
    const connect = () => fakeSocket(never(), close);
    const probing = probeTcp(TARGET, fakeContext({ connect }, { signal: controller.signal }));
    controller.abort(new Error("did not end within 30 s"));
    await expect(probing).rejects.toThrow("did not end within 30 s");
    expect(close).toHaveBeenCalled();
  });

  test("whose socket cannot even be closed is up all the same", async () => {
    const connect = () => ({
      ...fakeSocket(Promise.resolve()),
      close: () => Promise.reject(new Error("gone")),
    });
    expect(await probeTcp(TARGET, fakeContext({ connect }))).toMatchObject({ status: "up" });
  });
});
