import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseHistories, replayHistory, type History } from "../../../scripts/lib/conformance.ts";

const path = join(import.meta.dirname, "../../fixtures/conformance/alerts.json");
const json: unknown = JSON.parse(await readFile(path, "utf8"));
const histories = parseHistories(json);

/** A file of one history that is right, to be spoilt. */
function oneHistory() {
  const expectation = {
    call: "failure" as string | null,
    succeeding: false,
    failures: 1,
    firstFailure: 60,
    lastNotify: 60,
  };
  const runs = [{ at: 60, success: false, expect: expectation }];
  return { notifyOnFailureEvery: "every", numberFailuresBeforeNotification: 1, runs };
}

describe("the original's decisions", () => {
  test("are there: 60 histories over every policy and minimum", () => {
    expect(histories).toHaveLength(60);
    expect(new Set(histories.map((history) => history.notifyOnFailureEvery)).size).toBe(6);
    expect(new Set(histories.map((history) => history.numberFailuresBeforeNotification))).toEqual(
      new Set([1, 2, 5, 10]),
    );
    expect(histories.flatMap((history) => history.runs).length).toBeGreaterThan(1000);
  });

  test.each(histories.map((history, index) => [index + 1, history.notifyOnFailureEvery, history] as const))(
    "are ours in history %d (%s)",
    (_number, _every, history) => {
      expect(replayHistory(history)).toBeNull();
    },
  );
});

describe("a recorded decision that is not ours", () => {
  const spoilt = (spoil: (expected: History["runs"][number]["expect"]) => object): string[] =>
    histories.flatMap((history) => {
      const last = history.runs.length - 1;
      const runs = history.runs.map((run, index) =>
        index === last ? { ...run, expect: { ...run.expect, ...spoil(run.expect) } } : run,
      );
      const found = replayHistory({ ...history, runs });
      return found === null ? [] : [found];
    });

  test.each([
    ["call", (e: { call: string | null }) => ({ call: e.call === null ? "failure" : null })],
    ["succeeding", (e: { succeeding: boolean }) => ({ succeeding: !e.succeeding })],
    ["failures", (e: { failures: number }) => ({ failures: e.failures + 1 })],
    ["firstFailure", (e: { firstFailure: number }) => ({ firstFailure: e.firstFailure + 1 })],
    ["lastNotify", (e: { lastNotify: number }) => ({ lastNotify: e.lastNotify + 1 })],
  ] as const)("is found in every history when its %s was changed", (member, spoil) => {
    const found = spoilt(spoil);
    expect(found).toHaveLength(60);
    for (const text of found) expect(text).toContain(`: ${member} is `);
  });

  test("is named with its run, its time, and both values", () => {
    const history = oneHistory();
    history.runs.push({
      at: 120,
      success: false,
      expect: { call: null, succeeding: false, failures: 2, firstFailure: 60, lastNotify: 60 },
    });
    expect(replayHistory(parseHistories([history])[0] as History)).toBe(
      "run 2 at 120: call is failure, recorded is null",
    );
  });
});

describe("a file that is no list of histories", () => {
  test.each([
    [{}, "the whole file: "],
    [null, "the whole file: "],
    [[null], "0: "],
    [[{ ...oneHistory(), notifyOnFailureEvery: "weekly" }], "0.notifyOnFailureEvery: "],
    [
      [oneHistory(), { ...oneHistory(), numberFailuresBeforeNotification: 0 }],
      "1.numberFailuresBeforeNotification: ",
    ],
    [[{ ...oneHistory(), runs: {} }], "0.runs: "],
    [[{ ...oneHistory(), runs: [{ at: "noon", success: true, expect: {} }] }], "0.runs.0.at: "],
    [[{ ...oneHistory(), runs: [{ ...oneHistory().runs[0], success: 1 }] }], "0.runs.0.success: "],
    [[{ ...oneHistory(), runs: [{ ...oneHistory().runs[0], at: -1 }] }], "0.runs.0.at: "],
  ])("is refused with the place of the first mistake (%#)", (wrong, place) => {
    expect(() => parseHistories(wrong)).toThrow(new RegExp(`^${place.replaceAll(".", "\\.")}\\S`));
  });

  test("is refused for a call that does not exist and for a member that is missing", () => {
    const history = oneHistory();
    const [run] = history.runs;
    expect(() =>
      parseHistories([{ ...history, runs: [{ ...run, expect: { ...run?.expect, call: "alarm" } }] }]),
    ).toThrow(/^0\.runs\.0\.expect\.call: /);
    const { lastNotify: _gone, ...rest } = run?.expect ?? { lastNotify: 0 };
    expect(() => parseHistories([{ ...history, runs: [{ ...run, expect: rest }] }])).toThrow(
      /^0\.runs\.0\.expect\.lastNotify: /,
    );
  });
});
