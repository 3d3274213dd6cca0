import { setTimeout as sleep } from "node:timers/promises";
import type { DevServer } from "./dev-server.ts";
import type { LeftMail } from "./left-mail.ts";
import type { LocalWorker } from "./local-worker.ts";

export interface LastingWorkerOptions {
  /** The server that runs, or the next one, once it does. */
  readonly current: () => Promise<Pick<DevServer, "worker" | "died" | "buildIsBroken">>;
  /** Mail of the servers that died, newest first. */
  readonly leftMail: () => readonly LeftMail[];
  /** A request fails a moment before it is known that the server behind it has died. */
  readonly deathKnownWithinMs?: number;
}

/**
 * The Worker across the deaths of its servers: what can not be answered because one died is asked again
 * of the next. That is safe, as an event that comes twice counts once, and so does mail to itself. Sent
 * mail that a dead server had listed stays in the list.
 */
export function createLastingWorker(options: LastingWorkerOptions): LocalWorker {
  const { current, leftMail, deathKnownWithinMs = 1_000 } = options;
  async function ask<T>(question: (worker: LocalWorker) => Promise<T>): Promise<T> {
    for (;;) {
      const server = await current();
      try {
        return await question(server.worker);
      } catch (thrown) {
        const died = await Promise.race([server.died.then(() => true), sleep(deathKnownWithinMs, false)]);
        if (!died && !server.buildIsBroken()) throw thrown;
      }
    }
  }

  return {
    status: () => ask((worker) => worker.status()),
    report: (from) => ask((worker) => worker.report(from)),
    runScheduled: (...event) => ask((worker) => worker.runScheduled(...event)),
    deliver: (...message) => ask((worker) => worker.deliver(...message)),
    async sentMails(cursor) {
      const page = await ask((worker) => worker.sentMails(cursor));
      if (cursor !== null) return page;
      return { ...page, mails: [...page.mails, ...leftMail().map(({ mail }) => mail)] };
    },
    rawMail: (messageId) =>
      ask((worker) => {
        const left = leftMail().find(({ mail }) => mail.messageId === messageId);
        return left === undefined ? worker.rawMail(messageId) : Promise.resolve(left.raw);
      }),
  };
}
