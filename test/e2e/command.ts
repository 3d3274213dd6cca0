import { execFile } from "node:child_process";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { copyProject, removeProject } from "./project-copy.ts";

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Surroundings {
  /** A folder of programs that go before all others. */
  readonly bin?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What a person would type. */
  readonly input?: string;
}

/** Runs a script of the project as npm would, and waits for its end. */
export function command(project: string, script: string, ...args: readonly string[]): Promise<Ended> {
  return commandIn({}, project, script, ...args);
}

export function commandIn(
  { bin, env, input = "" }: Surroundings,
  project: string,
  script: string,
  ...args: readonly string[]
): Promise<Ended> {
  const modules = join(project, "node_modules/.bin");
  const path = [...(bin === undefined ? [] : [bin]), modules, process.env["PATH"] ?? ""].join(":");
  const options = { cwd: project, env: { ...process.env, ...env, PATH: path } };
  return new Promise((resolve) => {
    const child = execFile("node", [`scripts/${script}.ts`, ...args], options, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
    child.stdin?.end(input);
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
