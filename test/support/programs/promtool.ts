/** Prometheus's own tool, which says whether it would take our metrics, its configuration and rules. */
import { execFile } from "node:child_process";
import { describe } from "vitest";
import { PROMTOOL_REMEDY } from "./promtool-remedy.ts";
import { findProgram, mustHavePrograms } from "./programs.ts";

export function findPromtool(env: NodeJS.ProcessEnv = process.env): string | null {
  return findProgram({ names: ["promtool"], variable: "PROMTOOL" }, env);
}

/** `describe`, but left out where there is no promtool. The reporter tells so; with CI set the file fails. */
export function describePromtool(): typeof describe | typeof describe.skip {
  if (findPromtool() !== null) return describe;
  if (mustHavePrograms())
    throw new Error(`There is no promtool for the tests of metrics. ${PROMTOOL_REMEDY}`);
  return describe.skip;
}

/** What it says, and how it ends. */
export function promtool(
  args: readonly string[],
  { input = "", cwd }: { readonly input?: string; readonly cwd?: string } = {},
): Promise<{ readonly code: number; readonly output: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      findPromtool() ?? "promtool",
      args,
      cwd === undefined ? {} : { cwd },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), output: `${stdout}${stderr}` });
      },
    );
    child.stdin?.end(input);
  });
}
