/** What is kept in .dev.vars for `npm start`, and given to a deployed Worker by `wrangler secret put`. */
import { SHORTEST_PING_SECRET } from "../../src/platform/settings/secrets.ts";

export const ADMIN_TOKEN = "ADMIN_TOKEN";
export const PING_SECRET = "PING_SECRET";
/** Of a deployed Worker alone: `npm start` would keep the same switch from going off. */
export const DEAD_MAN_URL = "DEAD_MAN_URL";

export interface SecretRule {
  /** Characters. */
  readonly shortest: number;
  /** What "-" leads to. */
  readonly without: string;
}

export const SECRETS: ReadonlyMap<string, SecretRule> = new Map([
  [ADMIN_TOKEN, { shortest: 16, without: "leaves the owner's part shut" }],
  [PING_SECRET, { shortest: SHORTEST_PING_SECRET, without: "does without heartbeats" }],
]);

/** What is wrong with a secret as it is typed or stands there; null for nothing. */
export function secretProblem(name: string, { shortest, without }: SecretRule, value: string): string | null {
  const hint = `Hint: Enter makes a good one, - ${without}`;
  if (!/^[\x21-\x7E]+$/.test(value) || /["'`\\]/.test(value)) {
    return `${name} holds blanks, quotation marks or letters that are not ASCII. ${hint}`;
  }
  if (value.length >= shortest) return null;
  return `${name} has fewer than ${shortest} characters, so it can be guessed. ${hint}`;
}
