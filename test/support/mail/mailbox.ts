import PostalMime from "postal-mime";

/** A mail that a Worker handed to its mail binding and that was accepted. */
export interface SentMail {
  /** Envelope. */
  readonly from: string;
  readonly to: string;
  /** Decoded. */
  readonly subject: string;
  /** Decoded, with bare line feeds. */
  readonly body: string;
  /** As it went over the wire, decoded as UTF-8. */
  readonly raw: string;
  header(name: string): string | undefined;
}

export interface Mailbox {
  /** Mail that was sent since the last call, oldest first. */
  collect(): Promise<readonly SentMail[]>;
}

const SENT = "/cdn-cgi/local/explorer/api/local/email/sending";

interface Page {
  readonly result: readonly {
    readonly messageId: string;
    readonly from: string;
    readonly to: readonly string[];
  }[];
  readonly result_info: { readonly cursor?: string };
}

/** @param get reads a path of wrangler's local explorer */
export function createMailbox(get: (path: string) => Promise<string>): Mailbox {
  const seen = new Set<string>();

  async function findNew(): Promise<Page["result"][number][]> {
    const found: Page["result"][number][] = [];
    let cursor: string | undefined = "";
    while (cursor !== undefined) {
      const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = JSON.parse(await get(`${SENT}?per_page=100${query}`)) as Page;
      const news = page.result.filter(({ messageId }) => !seen.has(messageId));
      found.push(...news);
      cursor = news.length === page.result.length ? page.result_info.cursor : undefined;
    }
    for (const { messageId } of found) seen.add(messageId);
    return found.toReversed();
  }

  return {
    async collect() {
      const mails: SentMail[] = [];
      for (const { messageId, from, to } of await findNew()) {
        const detail = JSON.parse(await get(`${SENT}?email_id=${encodeURIComponent(messageId)}`)) as {
          readonly result: { readonly rawBase64: string };
        };
        const raw = Uint8Array.from(atob(detail.result.rawBase64), (byte) => byte.charCodeAt(0));
        const mail = await PostalMime.parse(raw);
        mails.push({
          from,
          to: to.join(", "),
          subject: mail.subject ?? "",
          body: (mail.text ?? "").replaceAll("\r\n", "\n"),
          raw: new TextDecoder().decode(raw),
          header: (name) => mail.headers.find(({ key }) => key === name.toLowerCase())?.value,
        });
      }
      return mails;
    },
  };
}
