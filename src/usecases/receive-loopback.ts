import { findTokens } from "../domain/loopback.ts";
import type { Clock, Store } from "../domain/ports.ts";

export type Reception =
  /** A message of ours. `proof` is false for one that came too late, or once before: it is taken, and proves nothing. */
  | { readonly accepted: true; readonly proof: boolean }
  | {
      readonly accepted: false;
      /** For the sender: says nothing about this instance. */
      readonly reason: string;
    };

/**
 * Recognises a message of our own by its token alone: envelope, sender and Message-ID are rewritten on
 * the way, or forged. All else is refused.
 *
 * What is ours but proves nothing is taken all the same: a refusal would bounce to the mail service, which
 * then suppresses this very address for a week, and with it every proof to come.
 * Source: https://developers.cloudflare.com/email-service/concepts/suppressions/#hard-bounces
 *
 * @param texts every text of the message in which a token may stand, decoded
 */
export async function receiveLoopback(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  texts: readonly string[],
  timeoutMs: number,
): Promise<Reception> {
  const tokens = new Set(texts.flatMap(findTokens));
  let ours = false;
  for (const token of [...tokens].slice(0, 10)) {
    const receipt = await store.receiveProbe(token, clock.nowMs(), timeoutMs);
    if (receipt === "proven") return { accepted: true, proof: true };
    ours ||= receipt !== "unknown";
  }
  return ours ? { accepted: true, proof: false } : { accepted: false, reason: "this address takes no mail" };
}
