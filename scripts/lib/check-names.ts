import { adminTokenProblem } from "../../src/platform/settings/secrets.ts";
import { plural } from "../../src/core/text.ts";
import { DEV_VARS, KNOWN_NAMES, type DevVars } from "./dev-vars.ts";
import { editDistance } from "./edit-distance.ts";
import { findings, type Findings } from "./findings.ts";
import type { Config } from "./read-config.ts";

/**
 * A variable that is no setting but reads like one is a slip of the pen; others are the owner's own, for
 * jobs that speak of them.
 *
 * @param stray those of .dev.vars that no job speaks of
 */
export function unknownNames(vars: Config, local: DevVars, stray: readonly string[]): string[] {
  const lineOf = (name: string): number => local.lineOf.get(name) ?? 0;
  const inOrder = Object.keys(vars).toSorted((a, b) => lineOf(a) - lineOf(b));
  return inOrder.flatMap((name) => {
    if (KNOWN_NAMES.includes(name)) return [];
    const where = lineOf(name) === 0 ? "" : `${DEV_VARS}, line ${lineOf(name)}: `;
    const meant = KNOWN_NAMES.find((known) => editDistance(name.toUpperCase(), known) <= 2);
    if (meant !== undefined) return [`${where}${name} is not a setting of Checker. Did you mean ${meant}?`];
    if (!stray.includes(name)) return [];
    // A secret on a line of its own may end in "=", and one without quotes hold it.
    const isPlain = /^\w+$/.test(name) && !/^=*$/.test(String(vars[name]));
    const shown = isPlain ? name : `what stands before the "=" (not shown, as it may be a secret)`;
    return [
      `${where}${shown} is not a setting of Checker, and no file in jobs/ speaks of it. Hint: mend the name, or remove the line`,
    ];
  });
}

const SHORTEST_TOKEN = 16;
const TOKEN_HINT = "Hint: a long random text, such as openssl rand -hex 32 prints";

/** Whoever guesses the token reads what ran, and who was told what. */
export function checkToken(token: unknown, { lineOf }: DevVars): Findings {
  if (typeof token !== "string") return findings({});
  const line = lineOf.get("ADMIN_TOKEN");
  const where = line === undefined ? "wrangler.toml [vars]" : `${DEV_VARS}, line ${line}`;
  if (token.trim() === "") {
    const text = `${where}: ADMIN_TOKEN is empty, which lets nobody in, npm start neither. ${TOKEN_HINT}; npm start makes its own where there is none`;
    return findings({ problems: [text] });
  }
  const problem = adminTokenProblem({ ADMIN_TOKEN: token });
  if (problem !== null) return findings({ problems: [`${where}: ${problem}`] });
  if (token.trim().length >= SHORTEST_TOKEN) return findings({});
  const length = plural(token.trim().length, "character");
  return findings({
    warnings: [
      `${where}: ADMIN_TOKEN has ${length}, which can be guessed; give it ${SHORTEST_TOKEN} or more. ${TOKEN_HINT}`,
    ],
  });
}
