import { D1Store } from "../adapters/d1/d1-store.ts";
import { CloudflareMailer, silentMailer } from "../adapters/mail/cloudflare-mailer.ts";
import { systemClock, systemRandom, workersNetwork } from "../adapters/platform.ts";
import { formatProblem, parseSettings } from "../adapters/settings/parse-settings.ts";
import { errorText } from "../domain/text.ts";
import type { JobFile } from "../job/load-jobs.ts";
import { explainedNetwork } from "../probes/http/explained-network.ts";
import { deliverMail } from "../usecases/deliver-mail.ts";
import { runTick } from "../usecases/run-tick.ts";
import type { Bindings } from "./env.ts";

/** A cron event: one tick, then the mail that waits. */
export async function handleScheduled(
  files: readonly JobFile[],
  scheduledAtMs: number,
  env: Bindings,
): Promise<void> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    // Without settings there is nobody to tell: the event fails, and /status says JobProblem to the peers.
    const names = parsed.problems.map((problem) => formatProblem({ ...problem, value: "" }));
    throw new Error(`Settings are invalid; nothing was checked.\n${names.join("\n")}`);
  }
  const { settings } = parsed;
  const store = new D1Store(env.DB);
  const mailer = settings.noMail
    ? silentMailer
    : new CloudflareMailer(env.EMAIL, settings.mailFrom, systemClock);
  const tools = { settings, store, clock: systemClock, random: systemRandom };
  // Mail also after a tick that failed: what earlier ticks decided must not wait for it.
  const [tick] = await Promise.allSettled([
    runTick({ ...tools, files, network: explainedNetwork(workersNetwork) }, scheduledAtMs),
  ]);
  const [mail] = await Promise.allSettled([deliverMail({ ...tools, mailer })]);
  const faults = [tick, mail].flatMap((result): unknown[] =>
    result.status === "rejected" ? [result.reason] : [],
  );
  if (faults.length > 0) throw new AggregateError(faults, faults.map((fault) => errorText(fault)).join("; "));
}
