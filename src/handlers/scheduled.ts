import { D1HistoryKeeper } from "../adapters/d1/history-keeper.ts";
import { loggable, logWarning } from "../adapters/log.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings, problemsText } from "../adapters/settings/parse-settings.ts";
import { tickTime } from "../domain/frequency.ts";
import { errorText } from "../domain/text.ts";
import type { JobFile } from "../job/job-file.ts";
import type { Outcome } from "../domain/outcome.ts";
import { probeDeadMan } from "../probes/http/dead-man-probe.ts";
import type { LastKnown } from "../usecases/last-known.ts";
import { deliverMail } from "../usecases/deliver-mail.ts";
import { pingDeadMan } from "../usecases/ping-dead-man.ts";
import { rollUp } from "../usecases/roll-up.ts";
import { runTick } from "../usecases/run-tick.ts";
import { TICK, type Bindings } from "./env.ts";
import { createTools } from "./tools.ts";

/**
 * A cron event: one tick, then the mail that waits. It is run by an object of its own, which may take the CPU
 * time that a tick of many jobs needs, and remembers; in place where there is none, or when it fails. What this
 * rejects with is fit for Cloudflare's log.
 */
export async function handleScheduled(
  files: readonly JobFile[],
  lastKnown: LastKnown,
  scheduledAtMs: number,
  env: Bindings,
  platform: Platform,
): Promise<void> {
  const faults =
    (await runElsewhere(scheduledAtMs, env)) ??
    (await runEvent(files, lastKnown, scheduledAtMs, env, platform));
  const [only, ...others] = faults;
  if (faults.length === 0) return;
  throw loggable(
    others.length === 0 ? only : new Error(faults.map((fault) => errorText(fault, 1000)).join("; ")),
  );
}

/** Null when nobody else could run it. */
async function runElsewhere(scheduledAtMs: number, env: Bindings): Promise<readonly unknown[] | null> {
  if (env.RUNNERS === undefined) return null;
  try {
    const faults = await env.RUNNERS.getByName(TICK).tick(scheduledAtMs);
    return faults.map((text) => new Error(text));
  } catch (error) {
    // What it had claimed stays claimed for a while, so nothing runs twice.
    logWarning(
      `The object that runs the ticks failed, so this one goes on in place: ${errorText(error, 500)}`,
    );
    return null;
  }
}

/** What went wrong, if anything. */
export async function runEvent(
  files: readonly JobFile[],
  lastKnown: LastKnown,
  scheduledAtMs: number,
  env: Bindings,
  platform: Platform,
): Promise<readonly unknown[]> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    // Without settings there is nobody to tell: the event fails, and /status says JobProblem to the peers.
    return [new Error(`Settings are invalid; nothing was checked. ${problemsText(parsed.problems)}`)];
  }
  const { settings } = parsed;
  const tools = createTools(files, lastKnown, settings, env, platform);
  const { meter, database } = tools;
  // Not the event's own time: history must not be deleted because an event claims that years have passed.
  const nowMs = tickTime(scheduledAtMs, platform.clock.nowMs());
  // Mail also after a tick that failed: what earlier ticks decided must not wait for it.
  const [tick] = await Promise.allSettled([runTick(tools, scheduledAtMs)]);
  const [mail] = await Promise.allSettled([deliverMail(tools)]);
  // Last, so that nobody waits for it and nothing is lost by its failing. Not in the tick that throws away what is old:
  // both together need more queries than an invocation of the Free plan has.
  const hasPruned =
    tick.status === "fulfilled" && tick.value.kind === "done" && tick.value.tick.frequencies.includes("HOUR");
  const [history] = await Promise.allSettled([
    hasPruned
      ? Promise.resolve()
      : rollUp({ keeper: new D1HistoryKeeper(database, platform.random), settings }, nowMs),
  ]);
  const faults = [tick, mail, history].flatMap((result): unknown[] =>
    result.status === "rejected" ? [result.reason] : [],
  );
  if (tick.status === "fulfilled" && tick.value.kind === "not recorded") faults.unshift(tick.value.fault);
  if (tick.status === "fulfilled" && tick.value.kind === "done" && faults.length === 0) {
    const pingOut = (url: string): Promise<Outcome> => probeDeadMan(url, meter.network(platform.network));
    const [sign] = await Promise.allSettled([pingDeadMan({ ...tools, pingOut, memory: lastKnown.deadMan })]);
    if (sign.status === "rejected") faults.push(sign.reason);
    else if (sign.value.kind === "not taken") {
      const { failures, reason } = sign.value;
      logWarning(`The address in DEAD_MAN_URL took no ping (${failures} in a row): ${reason}`);
    }
  }
  // The next commit records it.
  lastKnown.unrecorded.add(meter.take());
  return faults;
}
