/** Programs that tests drive and that the system has, as none is downloaded. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface Program {
  /** Its paths on PATH, of which the first is taken. */
  readonly names: readonly string[];
  /** The variable that says where it is. */
  readonly variable: string;
}

/** Its path; null where there is none. */
export function findProgram(
  { names, variable }: Program,
  env: NodeJS.ProcessEnv = process.env,
): string | null {
  const named = env[variable] ?? "";
  if (named !== "") return isProgram(named) ? named : null;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

/** Whoever sets CI wants to know that all is well, and not that nothing was looked at. */
export function mustHavePrograms(env: NodeJS.ProcessEnv = process.env): boolean {
  return !["", "0", "false"].includes((env["CI"] ?? "").toLowerCase());
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
