import { afterEach, describe, expect, test, vi } from "vitest";
import { pingDeadMansSwitchUrl } from "../../../src/probes/http/dead-mans-switch.ts";
import { fakeNetwork } from "../../support/fakes/ports.ts";

const URL = "https://dead.example/secret-path?token=secret";

afterEach(() => {
  vi.useRealTimers();
});

describe("the address of a dead man's switch", () => {
  test("is asked once, by Checker's name, and nothing of its answer is kept", async () => {
    const fetching = vi.fn(() => Promise.resolve(new Response("OK")));
    expect(await pingDeadMansSwitchUrl(URL, fakeNetwork({ fetch: fetching }))).toMatchObject({
      status: "up",
      reason: "HTTP 200",
    });
    expect(fetching.mock.calls).toEqual([
      [
        URL,
        {
          headers: { "user-agent": "Checker/1.0 (uptime monitor)", accept: "*/*" },
          redirect: "manual",
          cache: "no-store",
          signal: expect.any(AbortSignal) as AbortSignal,
        },
      ],
    ]);
  });

  test.each([301, 404, 429, 500])("has not taken a ping that it answers with %d", async (status) => {
    const fetching = vi.fn(() =>
      Promise.resolve(new Response(null, { status, headers: { location: "/x" } })),
    );
    expect(await pingDeadMansSwitchUrl(URL, fakeNetwork({ fetch: fetching }))).toMatchObject({
      status: "down",
      reason: `answered HTTP ${status}`,
    });
    expect(fetching).toHaveBeenCalledTimes(1);
  });

  test("stands in no word about what went wrong", async () => {
    const fetching = vi.fn(() => Promise.reject(new TypeError(`Fetch API cannot load: ${URL}`)));
    expect(await pingDeadMansSwitchUrl(URL, fakeNetwork({ fetch: fetching }))).toMatchObject({
      status: "down",
      reason: "no connection, or it was lost",
    });
    expect(fetching).toHaveBeenCalledTimes(1);
  });

  test("has ten seconds to answer", async () => {
    vi.useFakeTimers();
    let signal: AbortSignal | null | undefined;
    const asking = pingDeadMansSwitchUrl(
      URL,
      fakeNetwork({
        fetch: (_url, init) => {
          ({ signal } = init);
          return new Promise<never>(() => undefined);
        },
      }),
    );
    await vi.advanceTimersByTimeAsync(9_999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asking).toMatchObject({ status: "down", reason: "timed out after 10 s" });
    expect(signal?.aborted).toBe(true);
  });
});
