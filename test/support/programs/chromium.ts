/** Which Chromium the tests drive: the one that the system has, as none is downloaded. */
import { findProgram, mustHavePrograms } from "./programs.ts";

/** What to do where there is none. */
export const CHROMIUM_REMEDY =
  "Install it (Debian: apt-get install chromium), or say in CHROMIUM where it is.";

/** Its path: that of CHROMIUM, or the first on PATH. Null where there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | null {
  return findProgram({ names: ["chromium", "chromium-browser", "google-chrome"], variable: "CHROMIUM" }, env);
}

export const mustHaveChromium = mustHavePrograms;
