/**
 * How the fuzz tests run. Two variables steer them:
 * - CHECKER_FUZZ_SEED: a whole number; other inputs with another seed. Told with every failure.
 * - CHECKER_FUZZ_RUNS: how many inputs each property gets, instead of its own number.
 */
import * as fc from "fast-check";

/** The same unless asked otherwise, so that nobody's change fails for an input that it has not made worse. */
const SEED = wholeNumber("CHECKER_FUZZ_SEED") ?? 20261124;
const RUNS = wholeNumber("CHECKER_FUZZ_RUNS", 1);

/** For the tests that call `fuzz`: as long as it takes where somebody asked for more runs. */
export const FUZZ = { timeout: RUNS === null ? 120_000 : 0 };

/**
 * Checks `property` for `usualRuns` inputs. Rejects with the seed and the smallest input that fails, or, where
 * `shrink` is false because each takes seconds, with the first.
 */
export async function fuzz<Inputs>(
  usualRuns: number,
  property: fc.IAsyncProperty<Inputs> | fc.IProperty<Inputs>,
  shrink = true,
): Promise<void> {
  await fc.assert(property, { seed: SEED, numRuns: RUNS ?? usualRuns, endOnFailure: !shrink });
}

/** @throws where the variable holds something else: a seed that is silently another one proves nothing. */
function wholeNumber(name: string, least = -(2 ** 31)): number | null {
  const text = process.env[name] ?? "";
  if (text === "") return null;
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number < 2 ** 31) return number;
  throw new Error(`${name} is ${JSON.stringify(text)}, not a whole number from ${least} to ${2 ** 31 - 1}`);
}

/** CPU time of this thread alone, ms: other tests on the same machine do not count. */
export async function cpuMsOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.threadCpuUsage();
  await work();
  const { user, system } = process.threadCpuUsage(start);
  return (user + system) / 1000;
}

/** Characters that end a line or steer a terminal, in some program. */
// oxlint-disable-next-line no-control-regex -- these are what must not be there
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Whether a person can read `text` as one line that says something. */
export function isOneLine(text: string, maxLength: number): boolean {
  return text.trim() !== "" && text.length <= maxLength && !CONTROLS.test(text);
}
