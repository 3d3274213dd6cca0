import { execFile } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { copyProject, removeProject } from "./project-copy.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a script of the project as npm would, and waits for its end. */
export function command(project: string, script: string, ...args: readonly string[]): Promise<Ended> {
  const path = join(project, "node_modules/.bin");
  const env = { ...process.env, PATH: `${path}:${process.env["PATH"] ?? ""}` };
  return new Promise((resolve) => {
    execFile("node", [`scripts/${script}.ts`, ...args], { cwd: project, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

/** A copy of the project for one test, gone after it. */
export async function project(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const copy = await copyProject(files);
  onTestFinished(() => removeProject(copy));
  return copy;
}

/** A file jobs/NAME.ts that watches these. */
export function servers(name: string, ...urls: readonly string[]): string {
  return `import { HTTPServerSpawner } from "#checker";
export class ${name} extends HTTPServerSpawner {
  override servers = ${JSON.stringify(urls)};
}
`;
}
