/** A mail that the Worker handed to its mail binding. */
export interface SentMail {
  readonly messageId: string;
  /** Envelope addresses, which the raw message need not show. */
  readonly from: string;
  readonly to: string;
  /** Decoded. */
  readonly subject: string;
  readonly sentAtMs: number;
}

/** A sent mail as wrangler lists and stores it. */
export interface ListedMail {
  readonly messageId: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly sentAt: string;
}

export function toSentMail({ messageId, from, to, subject, sentAt }: ListedMail): SentMail {
  return { messageId, from, to: to[0] ?? "", subject, sentAtMs: Date.parse(sentAt) };
}

export function decodeRaw({ rawBase64 }: { readonly rawBase64: string }): Uint8Array {
  return Uint8Array.from(atob(rawBase64), (byte) => byte.charCodeAt(0));
}

// wrangler is of one pinned version: the guards tell what is something else altogether, such as an error.

export function isListedMail(value: unknown): value is ListedMail {
  return has(value, "messageId") && has(value, "to") && Array.isArray(value.to);
}

export function hasRaw(value: unknown): value is { readonly rawBase64: string } {
  return has(value, "rawBase64") && typeof value.rawBase64 === "string";
}

export function has<K extends string>(value: unknown, key: K): value is Record<K, unknown> {
  return typeof value === "object" && value !== null && key in value;
}
