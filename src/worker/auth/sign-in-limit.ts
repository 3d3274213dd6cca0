import type { Context } from "hono";
import type { Bindings } from "../env.ts";

/** Tries that one address has in a minute, where nothing else counts them. */
const TRIES_A_MINUTE = 10;
/** Addresses that are remembered. */
const MAX_ADDRESSES = 1_000;

/**
 * Whether an address may try once more to sign in. Counted by Cloudflare where the binding is there, else by this copy of
 * the Worker alone. Never in the database, whose rows a stranger could use up.
 */
export class SignInLimit {
  readonly #tries = new Map<string, { count: number; readonly fromMs: number }>();

  async allows(c: Context<{ Bindings: Bindings }>, nowMs: number): Promise<boolean> {
    const key = addressOf(c);
    const binding = c.env.SIGN_INS;
    if (binding !== undefined) return (await binding.limit({ key })).success;
    const tries = this.#tries.get(key);
    if (tries === undefined || Math.abs(nowMs - tries.fromMs) >= 60_000) {
      if (this.#tries.size >= MAX_ADDRESSES) this.#tries.clear();
      this.#tries.set(key, { count: 1, fromMs: nowMs });
      return true;
    }
    tries.count += 1;
    return tries.count <= TRIES_A_MINUTE;
  }
}

/** Set by Cloudflare. Of IPv6 the first half, as one person has all addresses of it. */
export function addressOf(c: Context): string {
  const address = c.req.header("cf-connecting-ip") ?? "";
  if (!address.includes(":")) return address;
  const [head = "", tail] = address.split("::");
  const groups = head.split(":");
  const missing = tail === undefined ? 0 : 8 - groups.length - tail.split(":").length;
  return [...groups, ...Array.from({ length: Math.max(0, missing) }, () => "0")].slice(0, 4).join(":");
}
