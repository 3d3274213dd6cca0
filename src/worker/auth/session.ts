import type { Context } from "hono";
import { deleteCookie, getSignedCookie, setSignedCookie } from "hono/cookie";
import { DAY_MS } from "../../core/time/frequency.ts";

const NAME = "checker";
/** Long, as nobody wants to look for a token at night. */
const LASTS_MS = 30 * DAY_MS;

/**
 * A session is a cookie that says until when it is good, signed with ADMIN_TOKEN: nothing is stored, and another token
 * ends every session. Lax, so that a link in a mail opens the owner's page; what changes something asks for more.
 */
export async function beginSession(c: Context, token: string, nowMs: number): Promise<void> {
  await setSignedCookie(c, NAME, String(nowMs + LASTS_MS), token, {
    ...optionsOf(c),
    maxAge: LASTS_MS / 1000,
  });
}

export function endSession(c: Context): void {
  deleteCookie(c, NAME, optionsOf(c));
}

/** `forged`: somebody signed it with something else than the token. That may be an attempt to guess it. */
export async function sessionOf(
  c: Context,
  token: string,
  nowMs: number,
): Promise<"good" | "none" | "forged"> {
  const { prefix } = optionsOf(c);
  const value = await (prefix === undefined
    ? getSignedCookie(c, token, NAME)
    : getSignedCookie(c, token, NAME, prefix));
  if (value === false) return "forged";
  if (value === undefined || !/^\d{1,16}$/.test(value)) return "none";
  const untilMs = Number(value);
  // A session that lasts longer than any was given is none of ours.
  return nowMs < untilMs && untilMs <= nowMs + LASTS_MS ? "good" : "none";
}

/** Over plain HTTP, which only local runs have, a browser keeps no cookie that is for HTTPS alone. */
function optionsOf(c: Context) {
  const isSecure = new URL(c.req.url).protocol === "https:";
  return {
    path: "/",
    httpOnly: true,
    sameSite: "Lax",
    ...(isSecure ? ({ secure: true, prefix: "host" } as const) : {}),
  } as const;
}
