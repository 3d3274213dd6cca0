import { afterEach, describe, expect, test, vi } from "vitest";
import { NO_USAGE, type Usage } from "../../src/usage/usage.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { UsageReporter } from "../../src/worker/usage-reporter.ts";
import { PendingUsage } from "../../src/usage/usage-meter.ts";
import { FakeClock } from "../support/fakes/ports.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** An isolate that is none of the ticks', and what their object is sent. */
function isolate() {
  const clock = new FakeClock(1_800_000_000_000);
  const pendingUsage = new PendingUsage();
  const courier = new UsageReporter(pendingUsage, clock);
  const sent: Usage[] = [];
  let isAway = false;
  const addUsage = (usage: Usage): Promise<void> => {
    if (isAway) return Promise.reject(new Error("it was moved"));
    sent.push(usage);
    return Promise.resolve();
  };
  const env = { RUNNERS: { getByName: (name: string) => (name === "tick" ? { addUsage } : null) } };
  return {
    clock,
    pendingUsage,
    reads: (rowsRead: number) => pendingUsage.add({ ...NO_USAGE, rowsRead }),
    send: () => courier.send(env as unknown as Bindings),
    sendWithout: () => courier.send({} as Bindings),
    moveAway: (value: boolean) => void (isAway = value),
    rows: () => sent.map(({ rowsRead }) => rowsRead),
    sent,
  };
}

describe("what pages, pings and mail have used", () => {
  test("is brought to the object that runs the ticks, once a minute and with what that takes", async () => {
    const { clock, reads, send, rows, sent } = isolate();
    for (let second = 0; second < 120; second++) {
      reads(1);
      await send();
      clock.ms += 1_000;
    }
    expect(rows()).toEqual([1, 60]);
    expect(sent[0]).toEqual({ ...NO_USAGE, rowsRead: 1, invocations: 1 });
  });

  test("is brought sooner where it is much", async () => {
    const { clock, reads, send, rows } = isolate();
    await send();
    for (let second = 0; second < 11; second++) {
      reads(500);
      await send();
      clock.ms += 1_000;
    }
    expect(rows()).toEqual([500, 2_500, 2_500]);
  });

  test("is kept until it can be brought, or is recorded by a tick of the same isolate", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue();
    const { clock, pendingUsage, reads, send, sendWithout, moveAway, rows } = isolate();
    reads(5);
    moveAway(true);
    await send();
    expect(warned.mock.calls).toEqual([
      ["What pages used of the database is not recorded yet: it was moved"],
    ]);
    moveAway(false);
    clock.ms += 60_000;
    await send();
    expect(rows()).toEqual([5]);
    reads(7);
    clock.ms += 60_000;
    await sendWithout();
    expect(pendingUsage.take().rowsRead).toBe(7);
  });
});
