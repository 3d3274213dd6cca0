import { setTimeout as sleep } from "node:timers/promises";
import { answersAtAll, type DevServer } from "./dev-server.ts";
import type { LeftMail } from "./left-mail.ts";
import type { LocalWorker } from "./local-worker.ts";
import { NoAnswer } from "./request.ts";

type Server = Pick<DevServer, "worker" | "died" | "buildIsBroken">;

export interface LastingWorkerOptions {
  /** The server that runs, or the next one, once it does. */
  readonly current: () => Promise<Server>;
  /** Mail of the servers that died, newest first. */
  readonly leftMail: () => readonly LeftMail[];
  /** A request fails a moment before it is known that the server behind it has died. */
  readonly deathKnownWithinMs?: number;
}

/** So often a question may go unanswered by a Worker that answers others, before that is told. */
const MAX_TRIES = 3;

/**
 * The Worker across the deaths of its servers: what can not be answered because one died is asked again
 * of the next. That is safe, as an event that comes twice counts once, and so does mail to itself. Sent
 * mail that a dead server had listed stays in the list. A reload is waited for in the same way.
 */
export function createLastingWorker(options: LastingWorkerOptions): LocalWorker {
  const { current, leftMail, deathKnownWithinMs = 1_000 } = options;
  const isKnownDead = (server: Server): Promise<boolean> =>
    Promise.race([server.died.then(() => true), sleep(deathKnownWithinMs, false)]);

  /** While it is reloaded, requests wait until their time is over. False once it has died. */
  async function comesBack(server: Server): Promise<boolean> {
    // This ends: what does not answer any more is taken for dead (dev-server.ts).
    for (;;) {
      if (await isKnownDead(server)) return false;
      if (await answersAtAll(server.worker)) return true;
    }
  }

  async function ask<T>(question: (worker: LocalWorker) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const server = await current();
      try {
        return await question(server.worker);
      } catch (thrown) {
        const hasDied = thrown instanceof NoAnswer ? !(await comesBack(server)) : await isKnownDead(server);
        if (hasDied || server.buildIsBroken()) tries = 0;
        else if (!(thrown instanceof NoAnswer) || tries >= MAX_TRIES) throw thrown;
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
