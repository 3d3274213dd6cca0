import { describe, expect, test } from "vitest";
import { checkCrons } from "../../../scripts/lib/check-crons.ts";
import { findings } from "../../../scripts/lib/findings.ts";

const SHIPPED = ["1-59 * * * *", "0 1-11,13-23 * * *", "0 0 * * *", "0 12 * * *"];
const WHERE = "wrangler.toml [triggers]:";
const HINT = `Hint: crons = ["1-59 * * * *", "0 1-11,13-23 * * *", "0 0 * * *", "0 12 * * *"], or crons = ["* * * * *"], which does the same`;
const NOTHING = findings({});

function check(crons: unknown, staleAfterSeconds = 180) {
  return checkCrons({ triggers: { crons } }, staleAfterSeconds);
}

describe("crons that fire every minute once are right:", () => {
  test.each([
    ["those that ship", SHIPPED],
    ["one for all", ["* * * * *"]],
    ["one in other words", ["*/1  0-23 * jan-DEC 1-7"]],
    ["parts of the hour", ["0-29 * * * *", "30-59/2 * * * *", "31-59/2 * * * *"]],
    ["parts of the week", ["* * * * SUN,2", "* * * * 3-7"]],
    ["a step of days, or any weekday: Cloudflare takes either", ["* * */2 * 1-7"]],
    ["parts of the year", ["* * * 1-6 *", "* * * JUL-DEC *"]],
  ])("%s", (_what, crons) => {
    expect(check(crons)).toEqual(NOTHING);
  });
});

describe("crons that never fire are a problem:", () => {
  test.each([
    ["a table without them", { triggers: {} }],
    ["no table", {}],
  ])("%s", (_what, config) => {
    expect(checkCrons(config, 180)).toEqual(
      findings({
        problems: [
          `${WHERE} crons is missing. A deploy changes no triggers then, and a new Worker has none: no job runs, and /status says JobProblem. ${HINT}`,
        ],
      }),
    );
  });

  test.each([
    [[], "crons = [] fires nothing"],
    [["0 0 31 2 *", "0 0 30 FEB *"], `crons = ["0 0 31 2 *","0 0 30 FEB *"] never fires`],
  ])("%j", (crons, text) => {
    expect(check(crons)).toEqual(
      findings({ problems: [`${WHERE} ${text}: no job runs, and /status says JobProblem. ${HINT}`] }),
    );
  });

  test.each([["* * * * *"], [["* * * * *", 5]], [{ minute: 1 }]])("%j, which is no list", (crons) => {
    expect(check(crons)).toEqual(
      findings({ problems: [`${WHERE} crons = ${JSON.stringify(crons)} is not a list of texts. ${HINT}`] }),
    );
  });
});

describe("crons that leave minutes out", () => {
  test.each([
    [["*/5 * * * *"], "5 min", "Sat 1 Jan 00:00 to Sat 1 Jan 00:05", "MINUTE"],
    [SHIPPED.slice(1), "1 h", "Sat 1 Jan 00:00 to Sat 1 Jan 01:00", "MINUTE"],
    [["* 8-19 * * *"], "12 h 1 min", "Sat 1 Jan 19:59 to Sun 2 Jan 08:00", "MINUTE, HOUR"],
    [["0 12 * * *"], "1 d", "Sat 1 Jan 12:00 to Sun 2 Jan 12:00", "MINUTE, HOUR"],
    [["* * * * MON-FRI"], "2 d", "Fri 7 Jan 23:59 to Mon 10 Jan 00:00", "MINUTE, HOUR, DAY, DAY_NOON"],
    [["* * 1-28 * *"], "3 d", "Fri 28 Jan 23:59 to Tue 1 Feb 00:00", "MINUTE, HOUR, DAY, DAY_NOON"],
    [["0 0 29 2 *"], "672 d", "Tue 29 Feb 00:00 to Tue 1 Jan 00:00", "MINUTE, HOUR, DAY, DAY_NOON"],
    [["* * * 1-11 *"], "31 d", "Thu 30 Nov 23:59 to Mon 1 Jan 00:00", "MINUTE, HOUR, DAY, DAY_NOON"],
  ])("are a problem where /status is stale meanwhile: %j", (crons, length, when, names) => {
    expect(check(crons)).toEqual(
      findings({
        problems: [
          `${WHERE} crons = ${JSON.stringify(crons)} does not fire every minute. Up to ${length} pass without an event (such as from ${when} UTC), and jobs of ${names} leave out runs; /status says JobProblem meanwhile, as STALE_AFTER_SECONDS is 180. ${HINT}`,
        ],
      }),
    );
  });

  test("are worth a note where /status bears it", () => {
    expect(check(["*/2 * * * *"])).toEqual(
      findings({
        notes: [
          `${WHERE} crons = ["*/2 * * * *"] does not fire every minute. Up to 2 min pass without an event (such as from Sat 1 Jan 00:00 to Sat 1 Jan 00:02 UTC), and jobs of MINUTE leave out runs. ${HINT}`,
        ],
      }),
    );
  });

  test("are a problem from the gap on that is as long as STALE_AFTER_SECONDS", () => {
    const count = (staleAfterSeconds: number) => {
      const { problems, notes } = check(["*/5 * * * *"], staleAfterSeconds);
      return [problems.length, notes.length];
    };
    expect(count(300)).toEqual([1, 0]);
    expect(count(301)).toEqual([0, 1]);
  });
});

describe("crons that work are worth a note", () => {
  test("when two fire at the same minute", () => {
    expect(check([...SHIPPED, "0 * * * *"])).toEqual(
      findings({
        notes: [
          `${WHERE} "0 0 * * *" and "0 * * * *" fire at the same minute. Each fires an event of its own, of which the first does all: that is safe, and costs a run of the Worker for nothing. ${HINT}`,
        ],
      }),
    );
  });

  test("when one is there twice", () => {
    expect(check(["* * * * *", "* * * * *"]).notes).toEqual([
      expect.stringMatching(/^wrangler\.toml \[triggers\]: "\* \* \* \* \*" and "\* \* \* \* \*" fire at/),
    ]);
  });

  test("when they meet on one day of the year only", () => {
    expect(check(["* * * * *", "0 0 29 2 *"]).notes).toHaveLength(1);
  });

  test("when there are more than the Free plan has", () => {
    const crons = ["0-9", "10-19", "20-29", "30-39", "40-49", "50-59"].map((part) => `${part} * * * *`);
    expect(check(crons)).toEqual(
      findings({
        notes: [
          `${WHERE} crons has 6 expressions, and the Free plan allows 5 for all Workers of an account. ${HINT}`,
        ],
      }),
    );
    expect(check(["0-19 * * * *", ...crons.slice(2)])).toEqual(NOTHING);
  });
});

describe("an expression that Cloudflare does not take", () => {
  test.each([
    ["60 * * * *", "there is no such minute"],
    ["0 24 * * *", "there is no such hour"],
    ["0 0 0 * *", "there is no such day"],
    ["0 0 * 13 *", "there is no such month"],
    ["0 0 * * 0", "there is no such weekday"],
    ["0 0 * * 8", "there is no such weekday"],
    ["0 0 * * 0-5", "there is no such weekday"],
    ["0 0 * * 1,0", "there is no such weekday"],
    ["* * * *", "it must have five fields"],
    ["0 * * * * *", "it must have five fields"],
    ["@hourly", "it must have five fields"],
    ["", "it must have five fields"],
    ["0 0 ? * *", "it holds a character that means nothing"],
    ["58-2 * * * *", "From value is larger than to value: '58-2'"],
    ["*/0 * * * *", "illegal stepping: 0"],
  ])("is told with its place and the rule: %j", (cron, fault) => {
    expect(check(["* * * * *", cron])).toEqual(
      findings({
        problems: [
          `${WHERE} crons[1] = ${JSON.stringify(cron)} is no cron expression: ${fault}. Hint: minute hour day month weekday, in UTC; weekdays are 1 (Sunday) to 7 (Saturday) or SUN to SAT, ranges go from low to high, steps are written */5 or 0-30/5`,
        ],
      }),
    );
  });

  test("does not hide another", () => {
    expect(check(["x", "* * * * *", "0 0 * * 0"]).problems.map((text) => text.split(" is no ")[0])).toEqual([
      `${WHERE} crons[0] = "x"`,
      `${WHERE} crons[2] = "0 0 * * 0"`,
    ]);
  });

  test.each(["0 0 L * *", "0 0 LW * *", "0 0 15W * *", "0 0 * * friL", "0 0 * * 2#1", "*/7 * * * *"])(
    "is not one that Cloudflare's documentation has: %j",
    (cron) => {
      expect(check(["* * * * *", cron]).problems).toEqual([]);
    },
  );
});
