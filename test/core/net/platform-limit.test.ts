import { describe, expect, test } from "vitest";
import { isPlatformLimit } from "../../../src/core/net/platform-limit.ts";

describe("a limit of the platform", () => {
  test.each([
    "Too many subrequests.",
    "Too many API requests by single Worker invocation.",
    "Worker exceeded CPU time limit.",
    "Worker exceeded memory limit.",
  ])("is recognised in %j", (text) => {
    expect(isPlatformLimit(new Error(text))).toBe(true);
  });

  test.each([
    "connection refused",
    "HTTP 429: Too many requests",
    "quota exceeded",
    // What a job says of what it watches is that job's failure.
    "disk usage exceeded 90 %, memory is fine",
    "used_memory 9.1G exceeded maxmemory 8G",
  ])("is not seen in %j", (text) => {
    expect(isPlatformLimit(new Error(text))).toBe(false);
  });

  test("is never seen in what is no error", () => {
    expect(isPlatformLimit("Too many subrequests.")).toBe(false);
    expect(isPlatformLimit(undefined)).toBe(false);
  });
});
