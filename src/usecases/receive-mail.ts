import { textsOf, type Envelope, type InboundMessage } from "../domain/inbound-mail.ts";
import { findTokens } from "../domain/loopback.ts";
import { isReport } from "../domain/mail-report.ts";
import { ownTokens } from "../domain/own-message.ts";
import { NOT_OURS, receiveLoopback, type Reception } from "./receive-loopback.ts";
import { recordUndelivered, type UndeliveredDependencies } from "./record-undelivered.ts";

/**
 * Takes probes of ours and reports that mail of ours did not arrive, and refuses all else. A report is never answered,
 * and no mail server sends it again to be refused twice: refusing the rest costs nothing.
 */
export async function receiveMail(
  dependencies: UndeliveredDependencies,
  message: InboundMessage,
  envelope: Envelope,
): Promise<Reception> {
  const { settings } = dependencies;
  const tokens = ownTokens(message, settings, envelope);
  if (tokens.length > 0) {
    return receiveLoopback(dependencies, tokens, settings.loopbackTimeoutSeconds * 1000);
  }
  if (await recordUndelivered(dependencies, message, envelope)) return { accepted: true, proof: false };
  const isAboutOurs = isReport(message) || textsOf(message).some((text) => findTokens(text).length > 0);
  return isAboutOurs ? { accepted: false, reason: "this is a report about a message" } : NOT_OURS;
}
