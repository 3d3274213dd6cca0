import type { Goal } from "./goals.ts";
import type { Machine } from "./machine.ts";
import { ALL_SCENARIOS_UP_TO, type BenchOptions } from "./options.ts";
import type { NamedPlot } from "./plots.ts";
import { goalTable, growthTable, speedTable, storedTable } from "./report.ts";
import { PLAIN, SCENARIOS, SHARD_SIZE, TIMEOUT_MS } from "./scenarios.ts";
import { format } from "./statistics.ts";
import type { Figures } from "./summary.ts";
import { UPTIMEFLARE } from "./systems.ts";

export interface Findings {
  readonly options: Pick<BenchOptions, "targets" | "scenarios" | "runs">;
  readonly figures: readonly Figures[];
  readonly goals: readonly Goal[];
  readonly machine: Machine;
  readonly plots: readonly NamedPlot[];
}

/** The text of docs/performance.md. */
export function renderDocument({ options, figures, goals, machine, plots }: Findings): string {
  const growth = growthTable(figures);
  const hasUptimeFlare = figures.some(({ system }) => system === UPTIMEFLARE);
  const missed = goals.filter(({ isMet }) => !isMet).length;
  const sections = [
    "# Performance",
    "Made by `npm run bench -- --write`; do not edit it by hand.",
    `Measured on ${machine.cores} cores of ${machine.cpu} with ${machine.memory} GiB, node ${machine.node}, ` +
      `workerd ${machine.workerd}, wrangler ${machine.wrangler}, by`,
    `\`\`\`sh\n${hasUptimeFlare ? "CHECKER_BENCH_UPTIMEFLARE=… " : ""}${commandOf(options)}\n\`\`\``,
    `The load before was ${format(machine.load)}: processes that wanted to run, on the average of a minute. On an idle machine it is near 0.`,
    "Times differ from machine to machine, and with what else it does: compare ratios, which are of one run. Rows,\n" +
      "bytes and connections do not.",
    "## Goals",
    `${missed === 0 ? "All are met." : `Of ${goals.length}, ${missed} missed.`} Rows and bytes of a tick with fewer than 1,000 checks are judged as of one\n` +
      "with 1,000: what a tick costs once is shared by all of its checks.",
    goalTable(goals),
    "## Time, CPU and memory",
    ...plots.map(({ title, file }) => `![${title}](${file})`),
    speedTable(figures),
    "## What Checker stores",
    storedTable(figures),
    ...(growth === null
      ? []
      : ["## How it grows", "Each column is the largest size over the smallest.", growth]),
    ...explanations(options.runs, hasUptimeFlare),
  ];
  return `${sections.join("\n\n")}\n`;
}

function commandOf({ targets, scenarios, runs }: Findings["options"]): string {
  const isAll = scenarios.length === SCENARIOS.length;
  const names = isAll ? "" : ` --scenarios "${scenarios.map(({ name }) => name).join(",")}"`;
  return `npm run bench -- --targets ${targets.join(",")} --runs ${runs}${names} --write`;
}

const UPTIMEFLARE_TEXT = [
  "- **UptimeFlare** is its own worker from a checkout, with a list of the same targets, its packages and its D1, in plain",
  "  targets up to 1,000 alone. Where it asks the internet for its place it is answered at once.",
];

function explanations(runs: number, hasUptimeFlare: boolean): readonly string[] {
  return [
    "## What is measured, and how",
    [
      `- **Each value** is the median of ${runs} runs, after one that is not counted; the shard's peak and the wrong checks are`,
      "  the worst of all runs. Each Worker is started once a size, and they take turns, one at a time.",
      `- **The floor** is a Worker that fetches the same targets in as many objects of ${SHARD_SIZE}, six at once in each, and does`,
      "  nothing else. What Checker takes beyond it is what Checker costs.",
      "- **Checker** runs its real handlers, HTTP check, D1 and mail binding under `wrangler dev`. The time of a tick is that of",
      "  the scheduled request: from the cron event until the last mail is sent.",
      ...(hasUptimeFlare ? UPTIMEFLARE_TEXT : []),
      "- **Targets** are an HTTP server on loopback in a process of its own, on the same cores. It counts the connections.",
      "- **CPU** is that of all processes of workerd that serve this Worker, user and system, in steps of 10 ms: with few targets",
      "  one step is much. It has the local D1 and wrangler's proxy in it.",
      "- **Process** is the memory that the largest of these processes holds at the end of a run, garbage and code of V8 included.",
      "- **Isolate** is the most that the Worker and all of its objects have in use, garbage collected before each look, in a run",
      "  that is measured for this alone; the most of all runs. Here all shards share one isolate.",
      "- **Queries and rows** are what Checker itself counts, from the commit of a tick to that of the next, which is run at",
      "  once and measured for this alone.",
      "- **Bytes** are those of the rows of `sample` and `tick` after SQLite's file format. Pages that are not full come on top.",
      "- **Mailed after** is the time from the first failed answer to the mail's acceptance, when all fail after having been well.",
      "- **Wrong** are checks that ended otherwise than their targets are, such as a healthy one called down.",
    ].join("\n"),
    "## The scenarios",
    `With more than ${format(ALL_SCENARIOS_UP_TO)} targets, **${PLAIN}** alone.`,
    SCENARIOS.map(({ name, ...rest }) => `- **${name}**: ${scenarioText(rest)}`).join("\n"),
    "## What only production can show",
    [
      "- CPU time as Cloudflare bills it, and what a check costs there: its limits are on one invocation, not on a process.",
      "- The time to reach targets, D1 and Durable Objects over a network; here all is one machine.",
      "- That a seventh connection waits. Here nothing limits them: that there are never more is Checker's own doing.",
      "- How long an object takes that has to be started first, and where it is started.",
      "- When a mail is accepted by a real mail service.",
    ].join("\n"),
  ];
}

function scenarioText(one: Omit<(typeof SCENARIOS)[number], "name">): string {
  const answer = one.delayMs === 0 ? "targets answer at once" : `targets answer after ${one.delayMs} ms`;
  if (one.allFail) return `all answer HTTP 500, having been well in the tick before.`;
  if (one.refusedEvery > 0) return `${answer}, but every ${one.refusedEvery}th refuses the connection.`;
  if (one.hangingEvery > 0)
    return `${answer}, but every ${one.hangingEvery}th accepts and never does (time-out ${format(TIMEOUT_MS)} ms).`;
  return `${answer} with HTTP 200.`;
}
