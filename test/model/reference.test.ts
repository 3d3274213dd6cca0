/** The model's reference is no better than this: it decides as the original did in its recorded histories. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { EVERY, parseHistories } from "../../scripts/lib/conformance.ts";
import { NO_PAST, originally, type Past, type Policy } from "../support/model/reference.ts";

const json = await readFile(join(import.meta.dirname, "../fixtures/conformance/alerts.json"), "utf8");
const histories = parseHistories(JSON.parse(json));

test.each(histories.map((history, index) => [index + 1, history] as const))(
  "the reference decides as the original did in history %d",
  (_number, { notifyOnFailureEvery, numberFailuresBeforeNotification, runs }) => {
    const policy: Policy = {
      every: EVERY[notifyOnFailureEvery],
      minimum: numberFailuresBeforeNotification,
      flapping: { changes: 0, runs: 20 },
      runEveryMs: 60_000,
    };
    let past: Past = NO_PAST;
    const decided = runs.map(({ at, success }) => {
      const run = { atMs: at * 1000, status: success ? ("up" as const) : ("down" as const), condition: null };
      const { told, past: after } = originally(policy, past, run);
      past = after;
      return {
        call: told,
        succeeding: past.failures.length === 0,
        failures: past.failures.length,
        firstFailure: (past.failures[0]?.atMs ?? 0) / 1000,
        lastNotify: (past.due.at(-1)?.atMs ?? 0) / 1000,
      };
    });
    expect(decided).toEqual(runs.map((run) => run.expect));
  },
);
