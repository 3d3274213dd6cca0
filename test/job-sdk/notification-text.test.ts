import { describe, expect, test } from "vitest";
import { failureText, inconclusiveText, recoveryText } from "../../src/job-sdk/notification-text.ts";
import type { JobNotification } from "../../src/job-sdk/job-notification.ts";
import { at } from "../support/fakes/ports.ts";

const NOTICE: JobNotification = {
  reason: "answered HTTP 500 instead of 200",
  sinceMs: at("2026-11-21 05:00"),
  failures: 3180,
  nowMs: at("2026-11-23 10:00"),
  endedMs: null,
  latencyMs: 12,
  failureKind: null,
  flapping: false,
  changes: 0,
};

describe("a failure", () => {
  test("is told with its job, reason, beginning, count and what to do", () => {
    expect(failureText("Ping", NOTICE)).toBe(`Ping failed.

Reason:   answered HTTP 500 instead of 200
Since:    2026-11-21 05:00 UTC (2 d 5 h)
Failures: 3180 in a row
Checked:  2026-11-23 10:00 UTC

What to do: look at what the job watches. When it is well again, the job notices by itself.
`);
  });

  test("that lies in the job's own code says so", () => {
    expect(
      failureText("Ping", { ...NOTICE, failures: 1, failureKind: "job fault" })
        .split("\n")
        .at(-2),
    ).toBe("What to do: mend the job's own code. What it watches may be well: it has not been judged.");
  });

  test("is told with advice of its own in place of the last paragraph", () => {
    expect(failureText("Ping", { ...NOTICE, sinceMs: NOTICE.nowMs, failures: 1 }, "Call Bob."))
      .toBe(`Ping failed.

Reason:   answered HTTP 500 instead of 200
Since:    2026-11-23 10:00 UTC
Failures: 1 in a row
Checked:  2026-11-23 10:00 UTC

Call Bob.
`);
  });

  test("keeps name and reason to one line each and the reason to 500 characters", () => {
    const text = failureText("Ping\nSince: never", {
      ...NOTICE,
      reason: `a\r\nFailures: 0\r\n${"x".repeat(600)}`,
    });
    const [first, , reason = ""] = text.split("\n");
    expect(first).toBe("Ping Since: never failed.");
    expect(reason).toBe(`Reason:   a Failures: 0 ${"x".repeat(485)}…`);
  });
});

test("a recovery is told with how long and how often it had failed", () => {
  expect(recoveryText("Ping", { ...NOTICE, reason: "HTTP 200 in 12 ms" })).toBe(`Ping is well again.

Now:    HTTP 200 in 12 ms
Failed: from 2026-11-21 05:00 UTC to 2026-11-23 10:00 UTC (2 d 5 h)
        3180 failures in a row

What to do: nothing. It is watched as before.
`);
});

test("a job that cannot be checked is told as a fault of ours, with its reason and beginning", () => {
  const text = inconclusiveText("Ping", "cannot be checked from here: x", NOTICE.sinceMs, NOTICE.nowMs);
  expect(text).toBe(`Ping cannot be checked.

Reason:  cannot be checked from here: x
Since:   2026-11-21 05:00 UTC (2 d 5 h)

This is a fault on Checker's side, or a limit of where it runs. Until it ends, nobody watches what
this job is for. It is told once.

What to do: remove the reason, or watch the target another way.
`);
});
