import { isLoopbackHost } from "../../core/net/address.ts";
import type { SettingProblem } from "../../core/settings.ts";
import { problemOfWebAddress } from "../../core/net/web-address.ts";

/** Secrets are no settings: they stand in no table of them, are shown to nobody, and no job is given them. */

/** Shortest secret of the pings: whoever has one address could find out a short one by trying. */
export const SHORTEST_PING_SECRET = 32;

type Variables = Readonly<Record<string, unknown>>;

/**
 * A secret without the white space around it, which is no part of it: a dashboard, a pipe or an editor may add a line end
 * or a byte order mark. Null where it is not set or nothing is left of it.
 */
function secretOf(env: Variables, name: string): string | null {
  const value = env[name];
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

/** ADMIN_TOKEN; null where there is none that anybody could send. */
export function adminToken(env: Variables): string | null {
  return adminTokenProblem(env) === null ? secretOf(env, "ADMIN_TOKEN") : null;
}

/** Why ADMIN_TOKEN, though it is set, opens nothing; null for nothing. Without it there is no problem. */
export function adminTokenProblem(env: Variables): string | null {
  const value = env["ADMIN_TOKEN"];
  if (value === undefined || value === "") return null;
  const hint = "set it again to one line of text: npx wrangler secret put ADMIN_TOKEN";
  if (typeof value !== "string") return `ADMIN_TOKEN is not a text; ${hint}`;
  const token = secretOf(env, "ADMIN_TOKEN");
  if (token === null) return `ADMIN_TOKEN is nothing but white space; ${hint}`;
  if (/\p{Cc}/u.test(token)) {
    return `ADMIN_TOKEN holds a line end or another control character, which no request can carry; ${hint}`;
  }
  if (/[^ -~]/.test(token)) {
    return `ADMIN_TOKEN holds a character that is not ASCII, which not every program can send in a header; ${hint}`;
  }
  return null;
}

/** What makes and proves the keys of heartbeats: the present secret, and the one before while scripts still use it. */
export function pingSecrets(env: Variables): readonly string[] {
  if (pingProblem(env) !== null) return [];
  return ["PING_SECRET", "PING_SECRET_PREVIOUS"].flatMap((name) => {
    const secret = secretOf(env, name);
    return secret !== null && secret.length >= SHORTEST_PING_SECRET ? [secret] : [];
  });
}

/** Why nobody can ping a heartbeat, with the remedy; null where it can be done. */
export function pingProblem(env: Variables): string | null {
  const value = env["PING_SECRET"];
  const secret = secretOf(env, "PING_SECRET");
  if (value === undefined || (typeof value === "string" && secret === null)) {
    return "PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md";
  }
  return secret !== null && secret.length >= SHORTEST_PING_SECRET
    ? null
    : `PING_SECRET is shorter than ${SHORTEST_PING_SECRET} characters, so no address is made from it; set a longer one: docs/guides/heartbeats.md`;
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
    hint: "the https address that the service shows, set by npx wrangler secret put DEAD_MAN_URL: docs/guides/dead-mans-switch.md",
  });
  if (typeof value !== "string") return wrong("is not a text");
  // A parser leaves line ends out and encodes blanks: the address would be another one.
  if (/\s/.test(value.trim())) return wrong("holds white space");
  const url = URL.parse(value.trim());
  if (url === null) return wrong("is not an address");
  // Under npm start it may be something on the same machine.
  const isLocal = url.protocol === "http:" && isLoopbackHost(url.hostname);
  if (url.protocol !== "https:" && !isLocal) return wrong("does not begin with https://");
  const problem = problemOfWebAddress(value.trim());
  return problem === null ? url.href : wrong(problem);
}
