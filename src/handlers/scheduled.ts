import { D1Store } from "../adapters/d1/d1-store.ts";
import { CloudflareMailer, silentMailer } from "../adapters/mail/cloudflare-mailer.ts";
import { loggable } from "../adapters/log.ts";
import type { Platform } from "../adapters/platform.ts";
import { formatProblem, parseSettings } from "../adapters/settings/parse-settings.ts";
import { errorText } from "../domain/text.ts";
import type { JobFile } from "../job/load-jobs.ts";
import type { Outcome } from "../domain/outcome.ts";
import { probeReference } from "../probes/http/reference-probe.ts";
import { explainedNetwork } from "../probes/http/explained-network.ts";
import type { LastKnown } from "../usecases/last-known.ts";
import { deliverMail } from "../usecases/deliver-mail.ts";
import { runTick } from "../usecases/run-tick.ts";
import type { Bindings } from "./env.ts";

/** A cron event: one tick, then the mail that waits. What it rejects with is fit for Cloudflare's log. */
export async function handleScheduled(
  files: readonly JobFile[],
  lastKnown: LastKnown,
  scheduledAtMs: number,
  env: Bindings,
  platform: Platform,
): Promise<void> {
  const faults = await runEvent(files, lastKnown, scheduledAtMs, env, platform);
  const [only, ...others] = faults;
  if (faults.length === 0) return;
  throw loggable(
    others.length === 0 ? only : new Error(faults.map((fault) => errorText(fault, 1000)).join("; ")),
  );
}

/** What went wrong, if anything. */
async function runEvent(
  files: readonly JobFile[],
  lastKnown: LastKnown,
  scheduledAtMs: number,
  env: Bindings,
  { clock, random, network: bare }: Platform,
): Promise<readonly unknown[]> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    // Without settings there is nobody to tell: the event fails, and /status says JobProblem to the peers.
    const names = parsed.problems.map((problem) => formatProblem({ ...problem, value: "" }));
    return [new Error(`Settings are invalid; nothing was checked. ${names.join(" ")}`)];
  }
  const { settings } = parsed;
  const store = new D1Store(env.DB, random);
  const mailer = settings.noMail ? silentMailer : new CloudflareMailer(env.EMAIL, settings.mailFrom, clock);
  const tools = { settings, store, mailer, clock, random };
  const network = explainedNetwork(bare);
  const askReference = (url: string): Promise<Outcome> =>
    probeReference(url, { network, signal: new AbortController().signal });
  // Mail also after a tick that failed: what earlier ticks decided must not wait for it.
  const [tick] = await Promise.allSettled([
    runTick({ ...tools, files, lastKnown, network, askReference }, scheduledAtMs),
  ]);
  const [mail] = await Promise.allSettled([deliverMail(tools)]);
  const faults = [tick, mail].flatMap((result): unknown[] =>
    result.status === "rejected" ? [result.reason] : [],
  );
  return tick.status === "fulfilled" && tick.value.kind === "not recorded"
    ? [tick.value.fault, ...faults]
    : faults;
}
