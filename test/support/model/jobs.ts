/** Jobs that behave as planned, and say themselves what their runs found. */
import { isLoopbackDue } from "../../../src/self-check/loopback.ts";
import { down, inconclusive, up, type Outcome } from "../../../src/core/outcome.ts";
import { DatabaseError } from "../../../src/core/database-error.ts";
import { JobBase } from "../../../src/job-sdk/job-base.ts";
import type { JobContext } from "../../../src/job-sdk/job-context.ts";
import type { JobFile } from "../../../src/job-loading/job-file.ts";
import type { JobPlan, Run } from "./parts.ts";
import { ownerOf, type World } from "./ports.ts";
import type { Seen } from "./reference.ts";
import { SLOTS, slotOf } from "./ledger.ts";
import { jobFile } from "../timeline/instance.ts";

/** A run that takes longer counts as failed, ms. */
const TIME_LIMIT_MS = 30_000;

export function plannedFile(world: World, name: string, plan: JobPlan): JobFile {
  const { calls, time } = world;

  async function find(context: JobContext, run: Run): Promise<Outcome> {
    switch (plan.waitsFor) {
      case "nothing":
        break;
      case "itself":
        await calls.ask<void>({
          port: "job",
          what: `${name} takes its time`,
          does: () => undefined,
          fails: () => Promise.reject(new Error("gone wrong")),
        });
        break;
      case "network":
        run.public = true;
        await context.network.fetch(`https://${name.toLowerCase()}.example.com/`, {});
        break;
      case "loopback":
        if (!isLoopbackDue(await context.loopback.recent(), time.nowMs)) break;
        context.loopback.sendLoopback();
        run.asksProbe = time.nowMs < run.endsMs;
    }
    return outcomeAt(plan, context.nowMs);
  }

  const tells = async (job: JobBase, what: string, tell: () => unknown): Promise<boolean> => {
    const { asked } = ownerOf(world);
    asked.set(`${name} ${what}`, (asked.get(`${name} ${what}`) ?? 0) + 1);
    switch (plan.tells) {
      case "elsewhere":
        return true;
      case "in its own words":
        return job.sendEmail(`${name}: ${what}`, `Look at ${name}.\n`);
      case "slowly":
        await calls.ask<void>({
          port: "telling",
          what: `${name} tells its ${what}`,
          does: () => undefined,
          fails: () => Promise.reject(new Error("pager is down")),
        });
        return tell() === true;
      case "by default":
        return tell() === true;
    }
  };
  const byDefault = JobBase.prototype;

  return jobFile(name, {
    executeEvery: () => plan.frequency,
    notifyOnFailureEvery: () => plan.every,
    numberFailuresBeforeNotification: () => plan.minimum,
    async execute(context) {
      const { runs, jobsEndMs } = ownerOf(world);
      const limitMs = Math.min(TIME_LIMIT_MS, jobsEndMs - time.nowMs);
      // What is cut short by its tick is not the target's fault.
      const status = limitMs < TIME_LIMIT_MS ? "inconclusive" : "down";
      const seen: Seen = { atMs: context.nowMs, status, condition: null };
      const run: Run = {
        seen,
        public: false,
        hasStarted: true,
        asksProbe: false,
        endsMs: time.nowMs + limitMs,
      };
      runs.set(name, run);
      if (plan.writes) this.sendEmail(`News of ${name}`, "A mail of execute itself.\n");
      const finds = (outcome: Pick<Outcome, "status" | "failureKind">): void => {
        if (time.nowMs >= run.endsMs) return;
        run.seen = { atMs: context.nowMs, status: outcome.status, condition: outcome.failureKind };
      };
      try {
        const outcome = await find(context, run);
        finds(outcome);
        return outcome;
      } catch (error) {
        finds(error instanceof DatabaseError ? inconclusive("") : down(""));
        throw error;
      }
    },
    onFailure(notice) {
      return tells(this, "failure", () => byDefault.onFailure.call(this, notice));
    },
    onStateChangeSuccess(notice) {
      return tells(this, "recovery", () => byDefault.onStateChangeSuccess.call(this, notice));
    },
    onFlapping(notice) {
      return tells(this, "flapping", () => byDefault.onFlapping.call(this, notice));
    },
  });
}

function outcomeAt({ frequency, outcomes }: JobPlan, atMs: number): Outcome {
  const slot = slotOf(frequency, atMs) / SLOTS[frequency].everyMs;
  switch (outcomes[Math.floor(slot) % outcomes.length]) {
    case "D":
      return down("broken");
    case "E":
      return down("broken otherwise", null, "other");
    case "I":
      return inconclusive("out of reach");
    case "T":
      throw new Error("a bug of the job");
    default:
      return up("fine");
  }
}
