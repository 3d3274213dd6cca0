import { expect, test } from "vitest";
import { judgeUnexpected } from "../../src/probes/http/http-answer.ts";
import { up } from "../../src/domain/outcome.ts";

test.each([
  [404, "cannot be checked from here: a Worker cannot fetch an address without a host name (error 1003)"],
  [530, "cannot be checked from here: the Worker would call itself (error 1019)"],
  [
    404,
    "cannot be checked from here: a Worker cannot fetch another Worker of its account by its workers.dev name (error 1042)",
  ],
])("an answer with HTTP %d is a limit of ours: %s", (status, reason) => {
  const [, code] = /error (\d+)/.exec(reason) ?? [];
  expect(judgeUnexpected(status, Number(code), [200], 12)).toEqual({
    status: "inconclusive",
    reason,
    latencyMs: null,
    condition: null,
  });
});

test("a job that says no more than that all is well is told as ok", () => {
  expect(up()).toEqual({ status: "up", reason: "ok", latencyMs: null, condition: null });
});
