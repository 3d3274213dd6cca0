import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { DEV_VARS } from "../lib/dev-vars.ts";
import { CONFIG_FILE } from "../lib/read-config.ts";
import type { ProjectSettings } from "../lib/read-settings.ts";

/** The texts of wrangler.toml and .dev.vars, empty for one that is not there. */
export interface SettingFiles {
  readonly config: string;
  readonly devVars: string;
}

export interface SettingsWatchOptions {
  /** As they were when the settings were found to be right. */
  readonly atStart: SettingFiles;
  readonly readFiles: () => Promise<SettingFiles>;
  readonly readSettings: () => Promise<Pick<ProjectSettings, "settings" | "config" | "problems">>;
  /** wrangler.toml was made wrong: each problem a text, then what follows from it. */
  readonly onWrong: (problems: readonly string[], consequence: string) => void;
  readonly onMended: () => void;
  /** .dev.vars was changed, which only the next start takes notice of. */
  readonly onDevVars: () => void;
}

export interface SettingsWatch {
  /** Looks whether a file has changed. Called about twice a second. */
  look(): Promise<void>;
  /** Wrong settings keep the Worker from checking anything, and that was told. */
  keepsFromRunning(): boolean;
}

/**
 * Tells what is wrong with a setting when the file changes, and not at the next tick. The files are read
 * again and again: editors replace a file or write it in pieces, and a system's notices of that differ.
 */
export function createSettingsWatch(options: SettingsWatchOptions): SettingsWatch {
  const { atStart, readFiles, readSettings, onWrong, onMended, onDevVars } = options;
  let before = atStart;
  let judged = atStart;
  let told = "";
  let stops = false;

  async function judge(): Promise<void> {
    const { settings, config, problems } = await readSettings();
    const now = problems.join("\n");
    // One that wrangler cannot read leaves the Worker as it is.
    if (config !== null) stops = settings === null;
    if (now === told) return;
    const wasWrong = told !== "";
    told = now;
    if (now !== "") onWrong(problems, consequenceOf(config !== null, settings !== null));
    else if (wasWrong) onMended();
  }

  return {
    keepsFromRunning: () => stops,
    async look() {
      const texts = await readFiles();
      // A file that is being written is looked at when it has come to rest.
      const rests = before.config === texts.config && before.devVars === texts.devVars;
      before = texts;
      if (!rests) return;
      const changed = judged;
      judged = texts;
      if (changed.devVars !== texts.devVars) onDevVars();
      if (changed.config !== texts.config) await judge();
    },
  };
}

/** Empty for a file that cannot be read: what is wrong with it, the check of the settings says. */
export async function readSettingFiles(root: string): Promise<SettingFiles> {
  const read = (name: string): Promise<string> => readFile(join(root, name), "utf8").catch(() => "");
  const [config, devVars] = await Promise.all([read(CONFIG_FILE), read(DEV_VARS)]);
  return { config, devVars };
}

/** wrangler takes what it can read, whatever it says; the Worker then runs nothing for a wrong setting. */
function consequenceOf(isReadable: boolean, isValid: boolean): string {
  if (!isReadable) return "the Worker goes on with the settings from before until that is mended";
  return isValid ? "the Worker goes on all the same" : "no check runs until that is mended";
}
