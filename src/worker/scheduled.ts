import { D1HistoryCompactor } from "../storage/d1/history/compactor.ts";
import { loggable, logWarning } from "../platform/log.ts";
import type { Platform } from "../platform/platform.ts";
import { parseSettings, problemsText } from "../platform/settings/parse-settings.ts";
import { tickTime } from "../core/time/frequency.ts";
import { errorText } from "../core/text.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import type { Outcome } from "../core/outcome.ts";
import { pingDeadMansSwitchUrl } from "../probes/http/dead-mans-switch.ts";
import type { TickMemory } from "../scheduling/tick-memory.ts";
import { deliverMail } from "../mail/deliver-mail.ts";
import { pingDeadMansSwitch } from "../self-check/dead-mans-switch.ts";
import { compactHistory } from "../history/compact-history.ts";
import { runTick } from "../scheduling/run-tick.ts";
import { TICK, type Bindings } from "./env.ts";
import { createDependencies } from "./dependencies.ts";

/**
 * A cron event: one tick, then the mail that waits. It is run by an object of its own, which may take the CPU
 * time that a tick of many jobs needs, and remembers; in place where there is none, or when it fails. What this
 * rejects with is fit for Cloudflare's log.
 */
export async function handleScheduled(
  files: readonly JobFile[],
  memory: TickMemory,
  scheduledAtMs: number,
  env: Bindings,
  platform: Platform,
): Promise<void> {
  const faults =
    (await runElsewhere(scheduledAtMs, env)) ?? (await runEvent(files, memory, scheduledAtMs, env, platform));
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
  memory: TickMemory,
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
  const tools = createDependencies(files, memory, settings, env, platform);
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
      : compactHistory({ keeper: new D1HistoryCompactor(database, platform.random), settings }, nowMs),
  ]);
  const faults = [tick, mail, history].flatMap((result): unknown[] =>
    result.status === "rejected" ? [result.reason] : [],
  );
  if (tick.status === "fulfilled" && tick.value.kind === "not recorded") faults.unshift(tick.value.fault);
  if (tick.status === "fulfilled" && tick.value.kind === "done" && faults.length === 0) {
    const sendPing = (url: string): Promise<Outcome> =>
      pingDeadMansSwitchUrl(url, meter.network(platform.network));
    const [sign] = await Promise.allSettled([
      pingDeadMansSwitch({ ...tools, sendPing, memory: memory.deadMansSwitch }),
    ]);
    if (sign.status === "rejected") faults.push(sign.reason);
    else if (sign.value.kind === "not taken") {
      const { failures, reason } = sign.value;
      logWarning(`The address in DEAD_MAN_URL took no ping (${failures} in a row): ${reason}`);
    }
  }
  // The next commit records it.
  memory.pendingUsage.add(meter.take());
  return faults;
}
