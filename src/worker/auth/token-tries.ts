import type { Context } from "hono";
import type { Bindings } from "../env.ts";
import { addressOf, SignInLimit } from "./sign-in-limit.ts";

const BLOCKED_MS = 60_000;
/** Addresses that are remembered. */
const MAX_ADDRESSES = 1_000;

/**
 * Slows down who guesses tokens: who has sent too many wrong ones is not listened to for a minute, not even with a right one,
 * which would tell that it is. Wrong ones alone count, so whoever knows the token may ask as often as he likes.
 */
export class TokenTries {
  readonly #limit = new SignInLimit();
  readonly #untilMs = new Map<string, number>();

  isBlocked(c: Context, nowMs: number): boolean {
    const untilMs = this.#untilMs.get(addressOf(c));
    return untilMs !== undefined && nowMs < untilMs && untilMs <= nowMs + BLOCKED_MS;
  }

  /** Counts a wrong token. False: that was one too many. */
  async countWrong(c: Context<{ Bindings: Bindings }>, nowMs: number): Promise<boolean> {
    if (await this.#limit.allows(c, nowMs)) return true;
    if (this.#untilMs.size >= MAX_ADDRESSES) this.#untilMs.clear();
    this.#untilMs.set(addressOf(c), nowMs + BLOCKED_MS);
    return false;
  }
}
