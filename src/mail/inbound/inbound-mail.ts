/** A message that came in, decoded. What it is about is judged elsewhere. */
export interface InboundMessage {
  /** In lower case; "" where there is none. */
  readonly from: string;
  /** In their order, names in lower case, values decoded. */
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** The texts that a mail program shows, HTML without its markup. */
  readonly bodies: readonly string[];
  /** Other parts that are text, such as a delivery status; types in lower case. */
  readonly parts: readonly { readonly type: string; readonly text: string }[];
  /** Whole messages inside it. */
  readonly messages: readonly InboundMessage[];
}

/** Envelope of a message that came in. */
export interface Envelope {
  /** "" or "<>" for reports of mail servers (RFC 5321 section 4.5.5). */
  readonly from: string;
}

/** The first header of that name, "" where there is none. */
export function headerOf(message: InboundMessage, name: string): string {
  return message.headers.find((header) => header.name === name)?.value ?? "";
}

/** The message and all messages inside it. */
export function withInner(message: InboundMessage): readonly InboundMessage[] {
  return [message, ...message.messages.flatMap(withInner)];
}

/** Every text of a message, also of those inside it. */
export function textsOf(message: InboundMessage): readonly string[] {
  return withInner(message).flatMap(({ headers, bodies, parts }) => [
    ...headers.map(({ value }) => value),
    ...bodies,
    ...parts.map(({ text }) => text),
  ]);
}

/** Mail software folds headers and wraps texts wherever it likes, also inside a word. */
export function withoutSpace(text: string): string {
  return text.replaceAll(/\s+/g, "");
}
