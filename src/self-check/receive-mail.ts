import { textsOf, type Envelope, type InboundMessage } from "../mail/inbound/inbound-mail.ts";
import { findTokens } from "./loopback.ts";
import { isReport } from "../mail/inbound/mail-report.ts";
import { ownTokens } from "./own-message.ts";
import type { LoopbackStore } from "./ports.ts";
import { NOT_OURS, receiveLoopback, type InboundResult } from "./receive-loopback.ts";
import { recordBounce, type BounceDependencies } from "../mail/inbound/record-bounce.ts";

/**
 * Takes probes of ours and reports that mail of ours did not arrive, and refuses all else. A report is never answered,
 * and no mail server sends it again to be refused twice: refusing the rest costs nothing.
 */
export async function receiveMail(
  dependencies: BounceDependencies & { readonly store: LoopbackStore },
  message: InboundMessage,
  envelope: Envelope,
): Promise<InboundResult> {
  const { settings } = dependencies;
  const tokens = ownTokens(message, settings, envelope);
  if (tokens.length > 0) {
    return receiveLoopback(dependencies, tokens, settings.loopbackTimeoutSeconds * 1000);
  }
  if (await recordBounce(dependencies, message, envelope)) return { accepted: true, proof: false };
  const isAboutOurs = isReport(message) || textsOf(message).some((text) => findTokens(text).length > 0);
  return isAboutOurs ? { accepted: false, reason: "this is a report about a message" } : NOT_OURS;
}
