import { LOOPBACK_MARK, probeText, type LoopbackProbe } from "../domain/loopback.ts";
import { composeSubject, type Message } from "../domain/message.ts";
import type { Random } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";

/** Probes that a tick mails, and the messages that carry them. */
export interface MailedProbes {
  readonly probes: readonly LoopbackProbe[];
  readonly messages: readonly Message[];
}

/** A fresh probe and the message that carries it. `nowMs` is real time: the round trip is measured from it. */
export function createProbe(
  settings: Settings,
  random: Random,
  nowMs: number,
): { readonly probe: LoopbackProbe; readonly message: Message } {
  const token = random.token();
  const id = random.token();
  const mark = `${LOOPBACK_MARK}${token}`;
  return {
    probe: { token, sentAtMs: nowMs, returnedAtMs: null, messageId: id, sendError: null },
    message: {
      id,
      to: settings.mailLoopbackTo,
      subject: composeSubject({ ...settings, bustThreading: false }, mark, 0),
      body: probeText(settings.serverName, mark),
      job: null,
      parts: [],
      decidedAtMs: nowMs,
      expiresAtMs: nowMs + settings.loopbackTimeoutSeconds * 1000,
      token,
    },
  };
}
