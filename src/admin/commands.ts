import type { HistoryReader, JobStatusRow } from "../history/ports.ts";
import { MAX_SILENCE_MS, type ActionKind } from "../alerting/audit.ts";
import { jobId } from "../core/job-id.ts";
import { formatUtc } from "../core/text.ts";
import { deliverMail } from "../mail/deliver-mail.ts";
import type { CheckDependencies } from "../scheduling/run-checks.ts";
import { runNow } from "../scheduling/run-now.ts";
import { testMails } from "./test-mail.ts";
import type { Mailer, OutboxStore } from "../mail/ports.ts";
import type { AdminStore, StateChange } from "./ports.ts";

/** What the owner asks for. Jobs are named by their `jobId`; null is all of them. */
export type AdminCommand =
  | { readonly kind: "run" | "acknowledge"; readonly job: string }
  | { readonly kind: "silence"; readonly job: string | null; readonly untilMs: number }
  | { readonly kind: "end silence"; readonly job: string | null }
  | { readonly kind: "test mail" }
  | { readonly kind: "retry message" | "drop message"; readonly id: string }
  | { readonly kind: "drop messages"; readonly to: string };

/** What came of it, for him to read. */
export interface AdminResult {
  readonly kind: "done" | "nothing to do" | "not found" | "refused";
  readonly text: string;
}

export interface AdminDependencies extends CheckDependencies {
  readonly store: CheckDependencies["store"] & OutboxStore & AdminStore;
  readonly history: Pick<HistoryReader, "readJobs">;
  readonly mailer: Mailer;
}

/**
 * Does what the owner asks for, and leaves a record of it. What it has to mail is sent at once.
 *
 * @param by who he is, as far as that is known
 * @throws DatabaseError
 */
export async function runAdminCommand(
  dependencies: AdminDependencies,
  request: AdminCommand,
  by: string,
): Promise<AdminResult> {
  const job = "job" in request && request.job !== null ? await find(dependencies, request.job) : null;
  if (job === undefined) return { kind: "not found", text: "There is no such job." };
  const owner = new AdminActions(dependencies, by, job);
  switch (request.kind) {
    case "run":
      return owner.run();
    case "acknowledge":
      return owner.acknowledge();
    case "silence":
      return owner.silence(request.untilMs);
    case "end silence":
      return owner.do("end silence", "", { kind: "end silence", job: job?.jobKey ?? null }, [
        "It is told of again.",
        "Nothing was silenced.",
      ]);
    case "test mail":
      return owner.testMail();
    case "retry message":
    case "drop message":
      return owner.settle(request.kind, request.id);
    case "drop messages":
      return owner.dropAll(request.to);
  }
}

async function find({ history }: AdminDependencies, id: string): Promise<JobStatusRow | undefined> {
  return (await history.readJobs()).find(({ jobKey }) => jobId(jobKey) === id);
}

class AdminActions {
  readonly #dependencies: AdminDependencies;
  readonly #by: string;
  readonly #job: JobStatusRow | null;

  constructor(dependencies: AdminDependencies, by: string, job: JobStatusRow | null) {
    this.#dependencies = dependencies;
    this.#by = by;
    this.#job = job;
  }

  async run(): Promise<AdminResult> {
    const jobKey = this.#job?.jobKey ?? "";
    const outcome = await runNow(this.#dependencies, jobKey, this.#by);
    if (outcome === null) return { kind: "not found", text: "This job is not in jobs/ any more." };
    await deliverMail(this.#dependencies);
    return { kind: "done", text: `It is ${outcome.status}: ${outcome.reason}` };
  }

  async acknowledge(): Promise<AdminResult> {
    const { store, clock } = this.#dependencies;
    const job = this.#job?.jobKey ?? "";
    const firstFailureAtMs = (await store.readTick(clock.nowMs())).states.get(job)?.firstFailureAtMs ?? null;
    const nothing = "It does not fail, so there is nothing to acknowledge.";
    if (firstFailureAtMs === null) return { kind: "nothing to do", text: nothing };
    const detail = `the failure since ${formatUtc(firstFailureAtMs)}`;
    return this.do("acknowledge", detail, { kind: "acknowledge", job, firstFailureAtMs }, [
      "You are not reminded of this failure any more. Its end is told.",
      "It is acknowledged already.",
    ]);
  }

  silence(untilMs: number): Promise<AdminResult> | AdminResult {
    const nowMs = this.#dependencies.clock.nowMs();
    if (untilMs <= nowMs) {
      return { kind: "refused", text: `${formatUtc(untilMs)} is over; give a later time.` };
    }
    if (untilMs > nowMs + MAX_SILENCE_MS) {
      return {
        kind: "refused",
        text: `${formatUtc(untilMs)} is more than 31 days away; give an earlier time.`,
      };
    }
    const until = `until ${formatUtc(untilMs)}`;
    const job = this.#job?.jobKey ?? null;
    return this.do("silence", until, { kind: "silence", job, untilMs }, [
      `Nothing is told ${until}. What then still fails is told then.`,
      "",
    ]);
  }

  async testMail(): Promise<AdminResult> {
    const { settings, random, clock } = this.#dependencies;
    if (settings.noMail) {
      return { kind: "refused", text: "NO_MAIL is set, so nothing is mailed. Take it out and deploy again." };
    }
    const messages = testMails(settings, random, clock.nowMs());
    const to = messages.map((message) => message.to).join(", ");
    const answer = await this.do("test mail", `to ${to}`, { kind: "mail", messages }, ["", ""]);
    const settled = await deliverMail(this.#dependencies);
    const lines = messages.map((message) => {
      const settlement = settled.find(({ id }) => id === message.id);
      if (settlement === undefined || settlement.kind === "returned")
        return `${message.to}: it waits to be sent.`;
      if (settlement.kind === "accepted")
        return `${message.to}: accepted by the mail service. Look whether it arrives.`;
      if (settlement.kind === "throttled") return `${message.to}: held for the limit of mails an hour.`;
      return `${message.to}: not accepted (${settlement.error.code}: ${settlement.error.reason}).`;
    });
    return { ...answer, text: lines.join("\n") };
  }

  async settle(kind: "retry message" | "drop message", id: string): Promise<AdminResult> {
    const entry = await this.#dependencies.store.readMessage(id);
    const nothing = "There is no such message in the outbox: it was sent or dropped meanwhile.";
    if (entry === null) return { kind: "nothing to do", text: nothing };
    const done = kind === "retry message" ? "It is tried again." : "It is dropped, and was not told.";
    const answer = await this.do(kind, `to ${entry.to}`, { kind, id }, [done, nothing], entry.subject);
    if (kind === "retry message") await deliverMail(this.#dependencies);
    return answer;
  }

  dropAll(to: string): Promise<AdminResult> {
    const texts = [`Everything to ${to} is dropped, and was not told.`, `Nothing waits for ${to}.`] as const;
    return this.do("drop messages", "", { kind: "drop messages", to }, texts, `everything to ${to}`);
  }

  async do(
    kind: ActionKind,
    detail: string,
    effect: StateChange,
    [done, nothing]: readonly [string, string],
    name = this.#job?.name ?? "all jobs",
  ): Promise<AdminResult> {
    const { store, clock } = this.#dependencies;
    const jobKey = this.#job?.jobKey ?? null;
    const action = { atMs: clock.nowMs(), kind, jobKey, name, detail, by: this.#by };
    return (await store.act(action, effect))
      ? { kind: "done", text: done }
      : { kind: "nothing to do", text: nothing };
  }
}
