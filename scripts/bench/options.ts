import { parseArgs } from "node:util";
import { PLAIN, SCENARIOS, type Scenario } from "./scenarios.ts";

export interface BenchOptions {
  /** Sizes, in rising order. */
  readonly targets: readonly number[];
  readonly scenarios: readonly Scenario[];
  readonly runs: number;
  readonly write: boolean;
  readonly smoke: boolean;
}

const SIZES = [50, 200, 1_000, 5_000, 10_000];
/** More than this are measured in one scenario alone, for the time that it takes. */
export const ALL_SCENARIOS_UP_TO = 5_000;
const SMOKE = { targets: [50], runs: 1, scenarios: [PLAIN, "1 % hanging"] };

export const HELP = `npm run bench -- [options]

Measures Checker in the real runtime, side by side with the floor: a Worker that does nothing but fetch, in as many
objects. The targets are on loopback, in a process of their own. Medians are shown and judged. Takes Linux.

  --targets LIST    how many targets, such as 50,200; default ${SIZES.join(",")}; 1 to 10000 each;
                    more than ${ALL_SCENARIOS_UP_TO} in one scenario alone
  --scenarios LIST  which of these, separated by commas; all unless given:
                    ${SCENARIOS.map(({ name }) => name).join(", ")}
  --runs N          measured runs of each, 1 to 50; default 5
  --write           write docs/performance.md and its plots
  --smoke           ${SMOKE.targets.join()} targets, ${SMOKE.runs} run of ${SMOKE.scenarios.join(" and ")}, judged by what does not depend on speed
  --help            show this

CHECKER_BENCH_UPTIMEFLARE=DIR  a checkout of UptimeFlare with its packages (npm ci in worker/), measured as well
CHECKER_BENCH_ORIGINAL=DIR     the original in Python; cannot be measured yet, and is said to be left out

Exit status: 0 every goal that applies was met, 1 one was missed or it could not run, 2 wrong use.`;

/** Null when help was asked for. @throws an Error that says what is wrong */
export function parseOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      targets: { type: "string" },
      scenarios: { type: "string" },
      runs: { type: "string" },
      write: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return null;
  const { smoke, write } = values;
  for (const name of ["targets", "scenarios", "runs"] as const) {
    if (smoke && values[name] !== undefined) throw new Error(`--smoke sets --${name} itself; leave one out`);
  }
  if (smoke && write) throw new Error("--smoke measures too little for --write; leave one out");
  const usual = smoke ? SMOKE : { targets: SIZES, runs: 5, scenarios: SCENARIOS.map(({ name }) => name) };
  const targets = values.targets?.split(",").map((text) => wholeNumber("targets", text, 10_000));
  const names = values.scenarios?.split(",").map((name) => name.trim());
  return {
    targets: [...new Set(targets ?? usual.targets)].toSorted((a, b) => a - b),
    scenarios: (names ?? usual.scenarios).map(scenarioNamed),
    runs: values.runs === undefined ? usual.runs : wholeNumber("runs", values.runs, 50),
    write,
    smoke,
  };
}

/** Those of the scenarios in which so many targets are measured. */
export function scenariosFor(count: number, scenarios: readonly Scenario[]): readonly Scenario[] {
  const plain = scenarios.filter(({ name }) => name === PLAIN);
  return count <= ALL_SCENARIOS_UP_TO || plain.length === 0 ? scenarios : plain;
}

function scenarioNamed(name: string): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const known = SCENARIOS.map((scenario) => scenario.name).join(", ");
  throw new Error(`--scenarios has ${JSON.stringify(name)}; there are: ${known}`);
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new Error(`--${name} has ${JSON.stringify(text)}; give whole numbers from 1 to ${most}`);
}
