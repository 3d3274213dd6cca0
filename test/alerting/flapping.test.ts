import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/alerting/evaluate.ts";
import { withFlapping } from "../../src/alerting/flapping.ts";
import { MINUTE_MS } from "../../src/core/time/frequency.ts";
import { NEW_JOB, isSameState, type JobState } from "../../src/alerting/job-state.ts";
import type { NotificationPolicy } from "../../src/alerting/policy.ts";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import { at } from "../support/fakes/ports.ts";
import type { FlappingRule } from "../../src/core/settings.ts";

const RULE: FlappingRule = { changes: 4, runs: 10 };
const start = at("2026-11-23 10:00");

/** A job whose runs come one a minute, from 10:00 on. */
class Life {
  state: JobState = NEW_JOB;
  rule: FlappingRule = RULE;
  readonly #policy: NotificationPolicy;
  #minute = 0;

  constructor(
    notifyOnFailureEvery: NotificationPolicy["notifyOnFailureEvery"] = "ONSTATECHANGE",
    minimum = 1,
  ) {
    this.#policy = { notifyOnFailureEvery, numberFailuresBeforeNotification: minimum };
  }

  /** One letter a run, `u`p, `d`own or `i`nconclusive, to one word a run: what is told, or `-`. */
  runs(letters: string): string {
    const outcomes: Record<string, Outcome> = {
      u: up("fine"),
      d: down("broken"),
      i: inconclusive("inconclusive"),
    };
    const told = letters.split("").map((letter) => {
      const nowMs = start + this.#minute++ * MINUTE_MS;
      const plain = evaluate(this.#policy, this.state, outcomes[letter] as Outcome, nowMs);
      const decision = withFlapping(this.rule, this.#policy, this.state, plain, nowMs, MINUTE_MS);
      this.state = decision.state;
      return decision.notification ?? "-";
    });
    return told.join(" ");
  }

  skip(minutes: number): void {
    this.#minute += minutes;
  }
}

describe("a job that changes over and over", () => {
  test("is told as flapping once, in place of the notice that makes it one too many", () => {
    const life = new Life();
    expect(life.runs("udud")).toBe("- failure recovery failure");
    expect(life.runs("ududud")).toBe("flapping - - - - -");
    expect(life.state.flappingSinceMs).toBe(start + 4 * MINUTE_MS);
  });

  test("and comes to rest well is told so, once, when half the runs brought no change", () => {
    const life = new Life();
    life.runs("dudud");
    expect(life.runs("uuuuuuu")).toBe("- - - - - recovery -");
    expect(life.state).toMatchObject({ flappingSinceMs: null, changesAtMs: [], succeeding: true });
  });

  test("and comes to rest failing is told as failing: that alert is not lost", () => {
    const life = new Life();
    life.runs("duduu");
    expect(life.runs("ddddddd")).toBe("- - - - - failure -");
    expect(life.runs("u")).toBe("recovery");
  });

  test("after it has come to rest is told each change again, and may flap again", () => {
    const life = new Life();
    life.runs("dudud");
    life.runs("uuuuuu");
    expect(life.runs("dudud")).toBe("failure recovery failure flapping -");
  });

  test("too slowly is told each time", () => {
    const life = new Life();
    for (let round = 0; round < 10; round++) expect(life.runs("dddduuuu")).toMatch(/^failure - - - recovery/);
  });

  test("but never often enough to be told does not flap: its owner does not want to hear of single failures", () => {
    const life = new Life("ONSTATECHANGE", 2);
    expect(life.runs("udududududud")).toBe("- - - - - - - - - - - -");
    expect(life.state.changesAtMs).toEqual([]);
  });

  test("is forgotten over a time without runs", () => {
    const life = new Life();
    life.runs("dud");
    life.skip(60);
    expect(life.runs("u")).toBe("recovery");
  });

  test("is not disturbed by runs that find nothing out", () => {
    const life = new Life();
    expect(life.runs("diuidiu")).toBe("failure - recovery - failure - flapping");
    expect(life.runs("iiiiiii")).toBe("- - - - - - -");
    expect(life.runs("u")).toBe("recovery");
  });
});

describe("a repeated notice", () => {
  test("is kept back while the job flaps, and told when it has come to rest failing", () => {
    const life = new Life("EVERYFIVEMINUTES");
    expect(life.runs("dudud")).toBe("failure - failure flapping -");
    // The fifth minute without a change.
    expect(life.runs("ddddd")).toBe("- - - - failure");
  });

  test("of EVERYTIME is never kept back: its owner asked for every failure", () => {
    expect(new Life("EVERYTIME").runs("dudududud")).toBe("failure - failure - failure - failure - failure");
  });
});

describe("switched off", () => {
  test("nothing is kept back and nothing remembered", () => {
    const life = new Life();
    life.rule = { changes: 0, runs: 10 };
    expect(life.runs("dudududu")).toBe("failure recovery failure recovery failure recovery failure recovery");
    expect(life.state.changesAtMs).toEqual([]);
  });

  test("while the job flaps, what was kept back is told at its next run", () => {
    for (const [last, told] of [
      ["d", "failure"],
      ["u", "recovery"],
    ] as const) {
      const life = new Life();
      life.runs("dudud");
      life.rule = { changes: 0, runs: 10 };
      expect(life.runs(`i${last}${last}`)).toBe(`- ${told} -`);
    }
  });
});

test("a job that stays as it is writes no row for this", () => {
  const life = new Life();
  life.runs("du");
  const { state } = life;
  life.runs("uuuuuuuuuuuuuuuuuuuuuuu");
  expect(isSameState(state, life.state)).toBe(true);
});
