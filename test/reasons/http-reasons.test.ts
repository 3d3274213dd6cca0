import { expect, test } from "vitest";
import { explainStatus } from "../../src/probes/http/http-answer.ts";
import { up } from "../../src/core/outcome.ts";

const headers = new Headers({ server: "cloudflare", "cf-ray": "8a1b2c3d4e5f6071-FRA" });

test.each([
  [
    404,
    "192.0.2.1",
    "cannot be checked from here: a Worker cannot fetch an address without a host name (error 1003)",
  ],
  [530, "a.example", "cannot be checked from here: the Worker would call itself (error 1019)"],
  [
    404,
    "b.a.workers.dev",
    "cannot be checked from here: a Worker cannot fetch another Worker of its account by its workers.dev name (error 1042)",
  ],
])("an answer with HTTP %d of %s is a limit of ours: %s", (status, hostname, reason) => {
  const [, code] = /error (\d+)/.exec(reason) ?? [];
  const answer = { status, headers, hostname, start: `error code: ${code}` };
  expect(explainStatus(answer, [200], 12)).toEqual({
    status: "inconclusive",
    reason,
    latencyMs: null,
    failureKind: null,
  });
});

test("a job that says no more than that all is well is told as ok", () => {
  expect(up()).toEqual({ status: "up", reason: "ok", latencyMs: null, failureKind: null });
});
