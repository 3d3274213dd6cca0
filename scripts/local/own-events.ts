import { adminToken } from "../../src/platform/settings/secrets.ts";
import type { Bindings } from "../../src/worker/env.ts";

/**
 * wrangler takes cron events and mail from everybody who reaches the port, also from an `<img>` of a web page that is
 * open on this machine: such a request has no Origin that wrangler could refuse. So `npm start` puts a mark before what
 * it hands to the Worker, and worker.ts takes nothing without it.
 */

/** A mark that nobody can know who does not know ADMIN_TOKEN. It is not the token itself, as wrangler logs addresses. */
async function markOf(token: string): Promise<string> {
  const bytes = new TextEncoder().encode(`npm start ${token}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** `text` as {@link onlyOwnEvents} takes it. */
export async function withMark(token: string, text: string): Promise<string> {
  return `${await markOf(token)} ${text}`;
}

/** The same Worker, which takes no cron event and no message without the mark. Each rejects. */
export function onlyOwnEvents(checker: ExportedHandler<Bindings>): ExportedHandler<Bindings> {
  return {
    ...checker,
    async scheduled(event, env, context) {
      const cron = await withoutMark(adminToken(env), event.cron);
      const { scheduledTime } = event;
      await checker.scheduled?.({ cron, scheduledTime, noRetry: () => event.noRetry() }, env, context);
    },
    async email(message, env, context) {
      const to = await withoutMark(adminToken(env), message.to);
      const setReject = (reason: string): void => message.setReject(reason);
      await checker.email?.({ ...message, to, setReject }, env, context);
    },
  };
}

async function withoutMark(token: string | null, marked: string): Promise<string> {
  const mark = token === null ? null : `${await markOf(token)} `;
  if (mark === null || !marked.startsWith(mark)) {
    throw new Error(
      "refused: only npm start itself may send cron events and mail to this Worker. A web page or another program tried",
    );
  }
  return marked.slice(mark.length);
}
