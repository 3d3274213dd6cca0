import { SETTING_NAMES } from "../../src/platform/settings/parse-settings.ts";
import type { SettingProblem } from "../../src/core/settings.ts";
import { asRecord, CONFIG_FILE, type Config } from "./read-config.ts";

/** Settings of wrangler.toml in a place where wrangler takes no variables from. */
export interface Misplaced {
  readonly names: readonly string[];
  readonly text: string;
}

/** @param vars those that are set: what stands rightly as well does no harm elsewhere, as in `[define]` */
export function findMisplaced(config: Config, vars: Config): Misplaced[] {
  const lost = (table: Config): string[] =>
    SETTING_NAMES.filter((name) => Object.hasOwn(table, name) && !Object.hasOwn(vars, name));
  const places = [
    { names: lost(config), place: "before the first table" },
    ...Object.entries(config).map(([key, value]) =>
      Array.isArray(value)
        ? { names: lost(asRecord(value[0])), place: `in [[${key}]]` }
        : { names: lost(asRecord(value)), place: `in [${key}]` },
    ),
  ];
  return places
    .filter(({ names }) => names.length > 0)
    .map(({ names, place }) => ({
      names,
      text: `${CONFIG_FILE}: ${names.join(", ")} ${names.length === 1 ? "stands" : "stand"} ${place}, but settings count in [vars] only. Hint: the line above them must be [vars]`,
    }));
}

/** That a misplaced setting is missing from its place is no problem of its own. */
export function isNoConsequence(misplaced: readonly Misplaced[]): (problem: SettingProblem) => boolean {
  const lost = new Set(misplaced.flatMap(({ names }) => names));
  return ({ name, value }) => !(value === "" && lost.has(name));
}
