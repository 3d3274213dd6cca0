import { textsOf, type Envelope, type InboundMessage } from "../domain/inbound-mail.ts";
import { findTokens } from "../domain/loopback.ts";
import { isReport } from "../domain/mail-report.ts";
import { ownTokens } from "../domain/own-message.ts";
import type { Clock, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { receiveLoopback, TAKES_NO_MAIL, type Reception } from "./receive-loopback.ts";

export interface ReceiveDependencies {
  readonly store: Store;
  readonly clock: Clock;
  readonly settings: Settings;
}

/** Takes what is our own, and refuses all else. */
export async function receiveMail(
  dependencies: ReceiveDependencies,
  message: InboundMessage,
  envelope: Envelope,
): Promise<Reception> {
  const { settings } = dependencies;
  const tokens = ownTokens(message, settings, envelope);
  if (tokens.length > 0) {
    return receiveLoopback(dependencies, tokens, settings.loopbackTimeoutSeconds * 1000);
  }
  const isAboutOurs = isReport(message) || textsOf(message).some((text) => findTokens(text).length > 0);
  return { accepted: false, reason: isAboutOurs ? "this is a report about a message" : TAKES_NO_MAIL };
}
