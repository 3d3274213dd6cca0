import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorText } from "../../src/domain/text.ts";
import { firstEvent, startClock, type Fire } from "./clock.ts";
import { banner, changeLine, line, mailLine, statusLine, tickLine } from "./lines.ts";
import { createPostOffice, type MailEvent } from "./post-office.ts";
import type { Prepared } from "./prepare.ts";
import type { Terminal } from "./run.ts";
import { StartFailure } from "./start-failure.ts";
import type { Stop } from "./stop-signal.ts";
import { createWatch } from "./watch.ts";

const COLLECT_EVERY_MS = 500;
const LOOK_EVERY_MS = 5_000;
/** A tick that runs when Checker is stopped may end within this; what it leaves undone the next start does. */
const LAST_TICK_MS = 3_000;
const LAST_MAIL_MS = 2_000;

/** The clock, the post office and the lines of a prepared Worker, until it is stopped (0) or dies (1). */
export async function serve(
  { settings, crons, folder, worker, server }: Prepared,
  port: number,
  root: string,
  { paint, print }: Terminal,
  stop: Stop,
): Promise<number> {
  const showPath = (path: string): string => {
    const fromRoot = relative(root, path);
    return fromRoot.startsWith("..") ? path : fromRoot;
  };
  // What still fails while everything is being ended is no news.
  let talking = true;
  const tell = (text: string): void => {
    if (talking) print(text);
  };
  const showError = (text: string): void => {
    tell(line(paint, Date.now(), "error", paint("red", text)));
  };

  const watch = createWatch({
    worker,
    onTick: (tick) => tell(tickLine(paint, tick)),
    onChange: (change) => tell(changeLine(paint, change, Date.now())),
    onStatus: (...status) => tell(statusLine(paint, status, Date.now())),
  });
  const mailEvents: MailEvent[] = [];
  const postOffice = createPostOffice({
    worker,
    mailFrom: settings.mailFrom,
    ownAddresses: [settings.mailFrom, settings.mailLoopbackTo],
    folder: folder.mail,
    onEvent: (event) => mailEvents.push(event),
  });
  const collect = reportingOnce("mail can not be collected", () => postOffice.collect(), showError);
  const asking = "the Worker can not be asked what it did";
  const tellTicks = reportingOnce(asking, () => watch.tellTicks(), showError);
  const look = reportingOnce(asking, () => watch.look(), showError);
  const tellMail = async (): Promise<void> => {
    await collect();
    if (mailEvents.length === 0) return;
    // First the tick that decided on the mail, last the status that follows from it.
    await tellTicks();
    const events = mailEvents.splice(0);
    for (const event of events) tell(mailLine(paint, event, Date.now(), showPath));
    if (events.some(({ kind }) => kind !== "kept")) await look();
  };
  const catchUp = async (): Promise<void> => {
    await tellMail();
    await look();
  };

  try {
    await watch.skipPast();
    await postOffice.collect();
  } catch (thrown) {
    throw new StartFailure(`the Worker runs, but can not be followed: ${errorText(thrown)}`, {
      cause: thrown,
    });
  }
  print(
    banner(paint, {
      port,
      statePath: showPath(folder.path),
      mailPath: showPath(folder.mail),
      mailFrom: settings.mailFrom,
      crons,
    }),
  );

  const ticks = new Set<Promise<void>>();
  const fire: Fire = (cron, scheduledAtMs) => {
    const tick = worker
      .runScheduled(cron, scheduledAtMs)
      .catch((thrown: unknown) => {
        showError(`the event of "${cron}" failed: ${errorText(thrown)}`);
      })
      .then(catchUp)
      .finally(() => ticks.delete(tick));
    ticks.add(tick);
  };
  const clock = startClock(crons, fire);
  const first = firstEvent(crons, Date.now());
  fire(first.cron, first.scheduledAtMs);
  const looking = repeat(LOOK_EVERY_MS, stop.signal, look);
  const collecting = repeat(COLLECT_EVERY_MS, stop.signal, tellMail);

  const stopped = stop.requested.then(() => null);
  const exitCode = await Promise.race([server.exited, stopped, looking, collecting]);
  clock.stop();
  if (exitCode !== null) {
    showError(`the Worker's process ended by itself (exit code ${exitCode}); start again with npm start`);
    return 1;
  }
  await Promise.race([Promise.all(ticks), sleep(LAST_TICK_MS)]);
  await Promise.race([catchUp(), sleep(LAST_MAIL_MS)]);
  talking = false;
  return 0;
}

async function repeat(everyMs: number, signal: AbortSignal, task: () => Promise<void>): Promise<null> {
  while (!signal.aborted) {
    await task();
    await sleep(everyMs);
  }
  return null;
}

/** `task` without rejections: a failure is told, and not again until there is another or it went well. */
function reportingOnce(
  what: string,
  task: () => Promise<void>,
  tell: (text: string) => void,
): () => Promise<void> {
  let told: string | null = null;
  return async () => {
    try {
      await task();
      told = null;
    } catch (thrown) {
      const text = `${what}: ${errorText(thrown)}`;
      if (text !== told) tell(text);
      told = text;
    }
  };
}
