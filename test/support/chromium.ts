/** Which Chromium the tests drive: the one that the system has, as none is downloaded. */
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** What to do where there is none. */
export const CHROMIUM_REMEDY =
  "Install it (Debian: apt-get install chromium), or say in CHROMIUM where it is.";

/** Its path: that of CHROMIUM, or the first on PATH. Null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  const named = env["CHROMIUM"] ?? "";
  if (named !== "") return isProgram(named) ? named : null;
  const folders = (env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const paths = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find(isProgram) ?? null;
}

/** Whoever sets CI wants to know that all is well, and not that nothing was looked at. */
export function mustHaveChromium(env: NodeJS.ProcessEnv = process.env): boolean {
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
