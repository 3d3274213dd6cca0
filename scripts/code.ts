/** Format, lint and types of all code, side by side; prints what each found, and ends with 1 where one found something. */
import { spawn } from "node:child_process";
import { projectRoot } from "./lib/project.ts";

const CHECKS = [
  ["prettier", "--check", "--log-level", "warn", "."],
  ["oxlint", "--type-aware", "--deny-warnings"],
  ["tsc", "-p", "test"],
  ["tsc", "-p", "scripts"],
  ["tsc", "-p", "."],
  ["tsc", "-p", "browser"],
] as const;

/** The npm script that runs this has the tools in its path. */
function run([tool, ...args]: (typeof CHECKS)[number]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(tool, args, { cwd: projectRoot, stdio: ["ignore", "pipe", "pipe"] });
    const parts: string[] = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => parts.push(part));
    }
    child.on("error", reject);
    child.on("close", (code) => {
      // In one piece, so that what two of them say does not mix.
      process.stdout.write(parts.join(""));
      resolve(code === 0);
    });
  });
}

const results = await Promise.all(CHECKS.map(run));
process.exitCode = results.every(Boolean) ? 0 : 1;
