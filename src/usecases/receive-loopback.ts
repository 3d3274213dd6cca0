import { findTokens } from "../domain/loopback.ts";
import type { Clock, Store } from "../domain/ports.ts";

export type Reception =
  | { readonly accepted: true }
  | {
      readonly accepted: false;
      /** For the sender: says nothing about this instance. */
      readonly reason: string;
    };

const REFUSALS = {
  unknown: "this address takes no mail",
  "already returned": "this message has been received before",
  "too late": "this message came too late",
} as const;

/**
 * Recognises a message of our own by its token alone: envelope, sender and Message-ID are rewritten on
 * the way, or forged. All else is refused.
 *
 * @param texts every text of the message in which a token may stand, decoded
 */
export async function receiveLoopback(
  { store, clock }: { readonly store: Store; readonly clock: Clock },
  texts: readonly string[],
  timeoutMs: number,
): Promise<Reception> {
  const tokens = new Set(texts.flatMap(findTokens));
  let refusal: keyof typeof REFUSALS = "unknown";
  for (const token of [...tokens].slice(0, 10)) {
    const receipt = await store.receiveProbe(token, clock.nowMs(), timeoutMs);
    if (receipt === "proven") return { accepted: true };
    if (receipt !== "unknown") refusal = receipt;
  }
  return { accepted: false, reason: REFUSALS[refusal] };
}
