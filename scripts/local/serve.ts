import { relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { errorText } from "../../src/core/text.ts";
import { readSettings } from "../lib/read-settings.ts";
import { firstEvent, startClock } from "./clock.ts";
import { createEvents } from "./events.ts";
import { createLastingWorker } from "./lasting-worker.ts";
import { takeLeftMail, type LeftMail } from "./left-mail.ts";
import { banner, changeLine, gapLine, line, mailLine, serverLine, statusLine, tickLine } from "./lines.ts";
import { createPostOffice, type MailEvent } from "./post-office.ts";
import type { Prepared } from "./prepare.ts";
import type { Terminal } from "./terminal.ts";
import { StartFailure } from "./start-failure.ts";
import type { Stop } from "./stop-signal.ts";
import { supervise } from "./supervise.ts";
import { createSettingsWatch, readSettingFiles } from "./settings-watch.ts";
import { repeat, reportingOnce } from "./tasks.ts";
import { createWatch } from "./watch.ts";

const COLLECT_EVERY_MS = 500;
/** A file that has changed is judged within this. */
const SETTLED_AFTER_MS = 3 * COLLECT_EVERY_MS;
const LOOK_EVERY_MS = 5_000;
/** A tick that runs when Checker is stopped may end within this; what it leaves undone the next start does. */
const LAST_TICK_MS = 3_000;
const LAST_MAIL_MS = 2_000;

/** The clock, the post office and the lines of a prepared Worker, until it is stopped (0) or given up (1). */
export async function serve(
  { settings, settingFiles, crons, folder, server, startServer }: Prepared,
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

  const folderLost = Promise.withResolvers<string>();
  const hasFolder = (): boolean => {
    const loss = folder.loss();
    if (loss !== null) folderLost.resolve(loss);
    return loss === null;
  };

  let leftMail: readonly LeftMail[] = [];
  const supervisor = supervise({
    first: server,
    restart() {
      // Without it no server can be started, and what that one would say is not the reason.
      if (!hasFolder()) return new Promise<never>(() => undefined);
      try {
        leftMail = [...takeLeftMail(folder.scratch), ...leftMail];
      } catch (thrown) {
        showError(`mail that was sent just before may be lost: ${errorText(thrown)}`);
      }
      return startServer();
    },
    signal: stop.signal,
    onDeath(why) {
      if (hasFolder()) tell(serverLine(paint, "red", `${why}; starting it again`, Date.now()));
    },
    onRestart: (tookMs) => {
      tell(serverLine(paint, "green", `runs again after ${(tookMs / 1000).toFixed(1)} s`, Date.now()));
    },
  });
  const worker = createLastingWorker({ current: () => supervisor.current(), leftMail: () => leftMail });

  const watch = createWatch({
    worker,
    onTick: (tick) => tell(tickLine(paint, tick)),
    onChange: (change) => tell(changeLine(paint, change, Date.now())),
    onGap(gap) {
      const text = gapLine(paint, gap, Date.now());
      if (text !== null) tell(text);
    },
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
    const handedOut = mailEvents.splice(0);
    for (const event of handedOut) tell(mailLine(paint, event, Date.now(), showPath));
    if (handedOut.some(({ kind }) => kind !== "kept")) await look();
  };
  const catchUp = async (): Promise<void> => {
    await tellMail();
    await look();
  };

  const end = (failure: string | null): number => {
    if (failure !== null) showError(failure);
    talking = false;
    return failure === null ? 0 : 1;
  };
  // The database of a folder that was removed goes on without a name, and all in it is lost at the end.
  const minding = repeat(COLLECT_EVERY_MS, stop.signal, () => Promise.resolve(void hasFolder()));
  const over = Promise.race([supervisor.gaveUp, folderLost.promise, stop.requested.then(() => null)]);
  try {
    const early = await Promise.race([watch.skipPast().then(() => postOffice.collect()), over]);
    if (early !== undefined) return end(early);
  } catch (thrown) {
    throw new StartFailure(`the Worker runs, but can not be followed: ${errorText(thrown)}`, {
      cause: thrown,
    });
  }
  print(
    banner(paint, {
      port,
      secretsPath: showPath(folder.secrets),
      statePath: showPath(folder.path),
      mailPath: showPath(folder.mail),
      mailFrom: settings.mailFrom,
      crons,
    }),
  );

  const settingsWatch = createSettingsWatch({
    atStart: settingFiles,
    readFiles: () => readSettingFiles(root),
    readSettings: () => readSettings(root),
    onWrong: (problems, consequence) => [...problems, consequence].forEach(showError),
    onMended: () => tell(serverLine(paint, "green", "the settings are right again", Date.now())),
    onDevVars: () => {
      const text = ".dev.vars is read at the start only; run npm start again for what has changed in it";
      tell(line(paint, Date.now(), "warning", paint("yellow", text)));
    },
  });

  const events = createEvents({
    worker,
    buildIsBroken: async () => (await supervisor.current()).buildIsBroken(),
    keepsFromRunning: () => settingsWatch.keepsFromRunning(),
    onEnd: catchUp,
    onError: showError,
    onHeld: (text) => tell(serverLine(paint, "red", text, Date.now())),
    settledAfterMs: SETTLED_AFTER_MS,
  });
  const clock = startClock(crons, events.fire);
  const first = firstEvent(crons, Date.now());
  events.fire(first.cron, first.scheduledAtMs);
  // The first tick looks by itself: until then the status could only say that nothing has run yet.
  const looking = repeat(LOOK_EVERY_MS, stop.signal, look);
  const collecting = repeat(COLLECT_EVERY_MS, stop.signal, tellMail);
  const watching = repeat(COLLECT_EVERY_MS, stop.signal, () => settingsWatch.look());

  const failure = await Promise.race([over, minding, looking, collecting, watching]);
  clock.stop();
  if (failure === null && supervisor.isUp()) {
    await Promise.race([events.settled(), sleep(LAST_TICK_MS)]);
    await Promise.race([catchUp(), sleep(LAST_MAIL_MS)]);
  }
  return end(failure);
}
