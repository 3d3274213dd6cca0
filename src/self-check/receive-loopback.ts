import type { Clock } from "../core/ports.ts";
import type { LoopbackStore } from "./ports.ts";

export type InboundResult =
  /** A message of ours. `proof` is false for one that came too late, or once before: it is taken, and proves nothing. */
  | { readonly accepted: true; readonly proof: boolean }
  | {
      readonly accepted: false;
      /** For the sender: says nothing about this instance. */
      readonly reason: string;
    };

export const NOT_OURS: InboundResult = { accepted: false, reason: "this address takes no mail" };

/**
 * Takes the tokens of a message of our own. Envelope, sender and Message-ID are rewritten on the way, or forged: the
 * token is the proof.
 *
 * What is ours but proves nothing is taken all the same: a refusal would bounce to the mail service, which
 * then suppresses this very address for a week, and with it every proof to come.
 * Source: https://developers.cloudflare.com/email-service/concepts/suppressions/#hard-bounces
 *
 * @param given tokens, of which ten at most are looked up
 */
export async function receiveLoopback(
  { store, clock }: { readonly store: LoopbackStore; readonly clock: Clock },
  given: readonly string[],
  timeoutMs: number,
): Promise<InboundResult> {
  let ours = false;
  for (const token of [...new Set(given)].slice(0, 10)) {
    const receipt = await store.receiveLoopback(token, clock.nowMs(), timeoutMs);
    if (receipt === "proven") return { accepted: true, proof: true };
    ours ||= receipt !== "unknown";
  }
  return ours ? { accepted: true, proof: false } : NOT_OURS;
}
