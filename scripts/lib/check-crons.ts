import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time/frequency.ts";
import { formatDuration } from "../../src/core/text.ts";
import { cronEvents, cronFault, type Gap } from "./cron-events.ts";
import { findings, type Findings } from "./findings.ts";
import { asRecord, type Config } from "./read-config.ts";

const WHERE = "wrangler.toml [triggers]";
const SHIPPED = `crons = ["1-59 * * * *", "0 1-11,13-23 * * *", "0 0 * * *", "0 12 * * *"]`;
const HINT = `Hint: ${SHIPPED}, or crons = ["* * * * *"], which does the same`;
/** Cron triggers that the Free plan has, for all Workers of an account. */
const FREE_PLAN_TRIGGERS = 5;

/**
 * What follows from the expressions in `[triggers]`. Each event takes the newest run of every frequency
 * that is due, so any set will do that fires every minute.
 *
 * @param staleAfterSeconds without a tick for this long, /status says JobProblem; null where the settings are
 *   not valid
 */
export function checkCrons(config: Config, staleAfterSeconds: number | null): Findings {
  const crons = asRecord(config["triggers"])["crons"];
  const problem = (text: string): Findings => findings({ problems: [`${WHERE}: ${text}`] });
  if (crons === undefined) {
    return problem(
      `crons is missing. A deploy changes no triggers then, and a new Worker has none: no job runs, and /status says JobProblem. ${HINT}`,
    );
  }
  if (!Array.isArray(crons) || !crons.every((cron) => typeof cron === "string")) {
    return problem(`crons = ${JSON.stringify(crons)} is not a list of texts. ${HINT}`);
  }
  if (crons.length === 0) {
    return problem(`crons = [] fires nothing: no job runs, and /status says JobProblem. ${HINT}`);
  }
  const faults = crons.flatMap((cron, index) => {
    const fault = cronFault(cron);
    return fault === null
      ? []
      : [`${WHERE}: crons[${index}] = ${JSON.stringify(cron)} is no cron expression: ${fault}. ${SYNTAX}`];
  });
  if (faults.length > 0) return findings({ problems: faults });
  return judge(crons, staleAfterSeconds);
}

const SYNTAX =
  "Hint: minute hour day month weekday, in UTC; weekdays are 1 (Sunday) to 7 (Saturday) or SUN to SAT, ranges go from low to high, steps are written */5 or 0-30/5";

function judge(crons: readonly string[], staleAfterSeconds: number | null): Findings {
  const { count, longestGap, together } = cronEvents(crons);
  const list = `crons = ${JSON.stringify(crons)}`;
  if (count === 0) {
    return findings({
      problems: [`${WHERE}: ${list} never fires: no job runs, and /status says JobProblem. ${HINT}`],
    });
  }
  const problems: string[] = [];
  const notes: string[] = [];
  const gapMs = longestGap.toMs - longestGap.fromMs;
  if (gapMs > MINUTE_MS) {
    const seldom = `${WHERE}: ${list} does not fire every minute. Up to ${formatDuration(gapMs)} pass without an event (${describe(longestGap)}), and ${skipped(gapMs)}`;
    // A tick has to end before it counts, so one that comes when the limit is reached comes too late.
    if (staleAfterSeconds !== null && gapMs >= staleAfterSeconds * 1000) {
      problems.push(
        `${seldom}; /status says JobProblem meanwhile, as STALE_AFTER_SECONDS is ${staleAfterSeconds}. ${HINT}`,
      );
    } else notes.push(`${seldom}. ${HINT}`);
  }
  if (together.length > 0) {
    const names = together.map((cron) => JSON.stringify(cron)).join(" and ");
    notes.push(
      `${WHERE}: ${names} fire at the same minute. Each fires an event of its own, of which the first does all: that is safe, and costs a run of the Worker for nothing. ${HINT}`,
    );
  }
  if (crons.length > FREE_PLAN_TRIGGERS) {
    notes.push(
      `${WHERE}: crons has ${crons.length} expressions, and the Free plan allows ${FREE_PLAN_TRIGGERS} for all Workers of an account. ${HINT}`,
    );
  }
  return findings({ problems, notes });
}

/** What is not run in so long a gap. */
function skipped(gapMs: number): string {
  const names = [
    "MINUTE",
    ...(gapMs > HOUR_MS ? ["HOUR"] : []),
    ...(gapMs > DAY_MS ? ["DAY", "DAY_NOON"] : []),
  ];
  return `jobs of ${names.join(", ")} leave out runs`;
}

function describe({ fromMs, toMs }: Gap): string {
  return `such as from ${moment(fromMs)} to ${moment(toMs)} UTC`;
}

/** `Fri 28 Jan 23:59`: the year does not matter to an expression. */
function moment(atMs: number): string {
  const [weekday = "", day, month, , time = ""] = new Date(atMs).toUTCString().split(" ");
  return `${weekday.slice(0, 3)} ${Number(day)} ${month} ${time.slice(0, 5)}`;
}
