import { LOOPBACK_MARK, loopbackText, type LoopbackMail } from "./loopback.ts";
import { composeSubject, type Message } from "../mail/message.ts";
import type { Random } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";

/** Probes that a tick mails, and the messages that carry them. */
export interface SentLoopbacks {
  readonly probes: readonly LoopbackMail[];
  readonly messages: readonly Message[];
}

/** A fresh probe and the message that carries it. `nowMs` is real time: the round trip is measured from it. */
export function createLoopback(
  settings: Settings,
  random: Random,
  nowMs: number,
): { readonly probe: LoopbackMail; readonly message: Message } {
  const token = random.token();
  const id = random.token();
  const mark = `${LOOPBACK_MARK}${token}`;
  return {
    probe: { token, sentAtMs: nowMs, returnedAtMs: null, messageId: id, sendError: null },
    message: {
      id,
      to: settings.mailLoopbackTo,
      subject: composeSubject({ ...settings, bustThreading: false }, mark, 0),
      body: loopbackText(settings.serverName, mark),
      job: null,
      items: [],
      decidedAtMs: nowMs,
      expiresAtMs: nowMs + settings.loopbackTimeoutSeconds * 1000,
      token,
    },
  };
}
