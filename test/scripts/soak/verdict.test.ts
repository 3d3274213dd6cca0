import { describe, expect, test } from "vitest";
import { judge, type Evidence } from "../../../scripts/soak/verdict.ts";
import type { TargetState } from "../../../scripts/soak/world.ts";

const MINUTE_MS = 60_000;
const at = (minute: number): number => Date.parse("2026-11-24T07:00:00Z") + minute * MINUTE_MS;

/** One target, told on state change from its first failure on, that is down in the third minute. */
const STATES: readonly TargetState[] = ["up", "up", "error", "up"];
const HISTORY = new Map(STATES.map((state, minute) => [at(minute), [state]] as const));

const part = (kind: string, minute: number) => ({ kind, jobKey: "Targets[0]", atMs: at(minute) });
const WELL: Evidence = {
  committed: [0, 1, 2, 3].map(at),
  history: HISTORY,
  recipients: ["one@example.com"],
  messages: [
    { to: "one@example.com", items: [part("failure", 2)], mailId: "a" },
    { to: "one@example.com", items: [part("recovery", 3)], mailId: "b" },
  ],
  mailIds: ["a", "b"],
};

test("what is owed and was mailed is delivered", () => {
  expect(judge(WELL)).toEqual({ owed: 2, delivered: 2, duplicates: 0, lost: [], invented: [] });
});

describe("an alert is lost", () => {
  test("when nothing was decided", () => {
    expect(judge({ ...WELL, messages: WELL.messages.slice(1), mailIds: ["b"] })).toMatchObject({
      owed: 2,
      delivered: 1,
      lost: ["2026-11-24T07:02 Targets[0] failure to one@example.com: never decided"],
    });
  });

  test("when it was decided and not accepted, or its mail is nowhere", () => {
    const [first, second] = WELL.messages as [Evidence["messages"][number], Evidence["messages"][number]];
    const lost = ["2026-11-24T07:02 Targets[0] failure to one@example.com: decided, not mailed"];
    expect(judge({ ...WELL, messages: [{ ...first, mailId: null }, second] }).lost).toEqual(lost);
    expect(judge({ ...WELL, mailIds: ["b"] }).lost).toEqual(lost);
  });

  test("to one of two, though the other has it", () => {
    expect(judge({ ...WELL, recipients: ["one@example.com", "two@example.com"] }).lost).toHaveLength(2);
  });
});

describe("an alert is invented", () => {
  test("when the truth does not demand it", () => {
    const messages = [...WELL.messages, { to: "one@example.com", items: [part("failure", 1)], mailId: "a" }];
    expect(judge({ ...WELL, messages }).invented).toEqual([
      "2026-11-24T07:01 Targets[0] failure to one@example.com: not owed",
    ]);
  });

  test("when it was decided twice", () => {
    expect(judge({ ...WELL, messages: [...WELL.messages, ...WELL.messages.slice(0, 1)] }).invented).toEqual([
      "2026-11-24T07:02 Targets[0] failure to one@example.com: decided twice",
    ]);
  });
});

test("a minute that was not committed owes nothing", () => {
  const quiet = { ...WELL, committed: [0, 1, 3].map(at), messages: [], mailIds: [] };
  expect(judge(quiet)).toEqual({ owed: 0, delivered: 0, duplicates: 0, lost: [], invented: [] });
});

test("a mail that was sent again is a duplicate, and so is one that nobody knows of", () => {
  expect(judge({ ...WELL, mailIds: ["a", "a", "b", "c"] }).duplicates).toBe(2);
});

describe("the rule, written once more, tells", () => {
  /** Minutes at which target number `target` is told of, for a letter a minute, `u`p or `d`own. */
  const told = (target: number, letters: string): string => {
    const states = letters.split("").map((letter): TargetState => (letter === "u" ? "up" : "error"));
    const history = new Map(
      states.map((state, minute) => {
        const all: TargetState[] = ["up", "up", "up", "up"];
        all[target] = state;
        return [at(minute), all] as const;
      }),
    );
    const evidence = { ...WELL, committed: states.map((_, minute) => at(minute)), history, messages: [] };
    return judge(evidence)
      .lost.map((line) => `${line.slice(14, 16)} ${line.split(" ")[2]}`)
      .join(", ");
  };

  test("on state change, at the minimum, and the recovery", () => {
    expect(told(1, "dudduddu")).toBe("03 failure, 04 recovery, 06 failure, 07 recovery");
  });

  test("every five minutes, and no recovery", () => {
    expect(told(2, "udddddddu")).toBe("01 failure, 06 failure");
  });

  test("every time, from the minimum on", () => {
    expect(told(3, "dddudd")).toBe("01 failure, 02 failure, 05 failure");
  });
});
