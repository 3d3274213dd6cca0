import { D1Store } from "../adapters/d1/d1-store.ts";
import { readInbound } from "../adapters/mail/read-inbound.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings } from "../adapters/settings/parse-settings.ts";
import { receiveLoopback } from "../usecases/receive-loopback.ts";
import type { Bindings } from "./env.ts";

/** An inbound message: a probe of ours that came back, or something to refuse. Never answered. */
export async function handleEmail(
  message: ForwardableEmailMessage,
  env: Bindings,
  { clock, random }: Platform,
): Promise<void> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    message.setReject("this address takes no mail at present");
    return;
  }
  const inbound = await readInbound(message.raw, message.rawSize);
  if (!inbound.ok) {
    message.setReject(inbound.reason);
    return;
  }
  const reception = await receiveLoopback(
    { store: new D1Store(env.DB, random), clock },
    inbound.texts,
    parsed.settings.loopbackTimeoutSeconds * 1000,
  );
  if (!reception.accepted) message.setReject(reception.reason);
}
