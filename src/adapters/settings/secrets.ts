import { isLoopbackHost } from "../../domain/address.ts";
import type { SettingProblem } from "../../domain/settings.ts";
import { problemOfWebAddress } from "../../domain/web-address.ts";

/** Secrets are no settings: they stand in no table of them, are shown to nobody, and no job is given them. */

/** Shortest secret of the pings: whoever has one address could find out a short one by trying. */
export const SHORTEST_PING_SECRET = 32;

type Variables = Readonly<Record<string, unknown>>;

/** What makes and proves the keys of heartbeats: the present secret, and the one before while scripts still use it. */
export function pingSecrets(env: Variables): readonly string[] {
  if (pingProblem(env) !== null) return [];
  return ["PING_SECRET", "PING_SECRET_BEFORE"].flatMap((name) => {
    const secret = env[name];
    return typeof secret === "string" && secret.length >= SHORTEST_PING_SECRET ? [secret] : [];
  });
}

/** Why nobody can ping a heartbeat, with the remedy; null where it can be done. */
export function pingProblem(env: Variables): string | null {
  const secret = env["PING_SECRET"];
  if (secret === undefined || secret === "") {
    return "PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/heartbeats.md";
  }
  return typeof secret === "string" && secret.length >= SHORTEST_PING_SECRET
    ? null
    : `PING_SECRET is shorter than ${SHORTEST_PING_SECRET} characters, so no address is made from it; set a longer one: docs/heartbeats.md`;
}

/**
 * DEAD_MAN_URL: the address, null where there is none, or what is wrong with it. That never shows it: whoever knows such
 * an address can keep its switch from firing.
 */
export function parseDeadManUrl(env: Variables): string | null | SettingProblem {
  const value = env["DEAD_MAN_URL"];
  if (value === undefined || (typeof value === "string" && value.trim() === "")) return null;
  const wrong = (problem: string): SettingProblem => ({
    name: "DEAD_MAN_URL",
    value: "",
    problem,
    hint: "the https address that the service shows, set by npx wrangler secret put DEAD_MAN_URL: docs/dead-man.md",
  });
  if (typeof value !== "string") return wrong("is not a text");
  const url = URL.parse(value.trim());
  if (url === null) return wrong("is not an address");
  // Under npm start it may be something on the same machine.
  const isLocal = url.protocol === "http:" && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isLocal) return wrong("does not begin with https://");
  const problem = problemOfWebAddress(value.trim());
  return problem === null ? url.href : wrong(problem);
}
