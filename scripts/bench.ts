/** `npm run bench`: what a tick takes. Its parts are in scripts/bench/. */
import { failUsage } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";
import { listenForStop } from "./local/stop-signal.ts";
import { judgeGoals } from "./bench/goals.ts";
import { describeMachine } from "./bench/machine.ts";
import { HELP, parseOptions, type BenchOptions } from "./bench/options.ts";
import { endAll, runBench, type Ends } from "./bench/run.ts";
import { renderReport } from "./bench/report.ts";
import { summarize } from "./bench/summary.ts";
import { writePerformance } from "./bench/write.ts";

const options = readOptions();
if (options === null) console.log(HELP);
// By itself it would not end: the watch over each runtime keeps a timer.
else process.exit(await run(options));

function readOptions(): BenchOptions | null {
  try {
    return parseOptions(process.argv.slice(2));
  } catch (error) {
    return failUsage(error, "npm run bench -- --help");
  }
}

async function run(wanted: BenchOptions): Promise<number> {
  const ends: Ends = [];
  const stop = listenForStop({
    onStop: (reason) => console.error(`${reason}: ending what was started`),
    onForce: () => process.exit(130),
  });
  const leftOut = process.env["CHECKER_BENCH_ORIGINAL"];
  if (leftOut !== undefined) console.error("CHECKER_BENCH_ORIGINAL: the original is left out (see --help)");
  const work = measureAndTell(wanted, stop.signal, ends);
  try {
    return await Promise.race([work, stop.requested.then(() => 130)]);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  } finally {
    // What is still under way fails now, and nobody waits for it.
    work.catch(() => undefined);
    await endAll(ends);
  }
}

async function measureAndTell(wanted: BenchOptions, signal: AbortSignal, ends: Ends): Promise<number> {
  const machine = await describeMachine(projectRoot);
  const measured = await runBench(
    wanted,
    {
      root: projectRoot,
      signal,
      uptimeFlare: process.env["CHECKER_BENCH_UPTIMEFLARE"] ?? null,
      onProgress: (text) => console.error(text),
    },
    ends,
  );
  const figures = summarize(measured);
  const goals = judgeGoals(figures).filter(({ needsSpeed }) => !(wanted.smoke && needsSpeed));
  console.log(renderReport(figures, goals));
  if (wanted.write) {
    for (const file of await writePerformance(projectRoot, wanted, figures, goals, machine))
      console.log(`written: ${file}`);
  }
  return goals.every(({ isMet }) => isMet) ? 0 : 1;
}
