import { expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";

test("a job's id follows from its identity alone, and may stand in an address", () => {
  // Addresses that people have kept must not change.
  expect(jobId(`HTTPServerChecker["https://example.com/"]`)).toBe("1bsqzrc1bzkaqe");
  for (const jobKey of ["", "A", `File["a"]`, "東京 🚒", "x".repeat(600)])
    expect(jobId(jobKey)).toMatch(/^[0-9a-z]{14}$/);
});

test("a hundred thousand jobs have as many ids", () => {
  const ids = new Set(
    Array.from({ length: 100_000 }, (_, n) => jobId(`HTTPServerChecker["https://server-${n}.example.com/"]`)),
  );
  expect(ids.size).toBe(100_000);
});
