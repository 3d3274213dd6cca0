import { MAX_CONNECTIONS } from "../domain/plan.ts";
import type { Decision } from "../domain/decide.ts";
import type { JobState } from "../domain/job-state.ts";
import { errorText } from "../domain/text.ts";
import type { Stretch } from "../domain/maintenance.ts";
import { mapWithSlots } from "../timing/slots.ts";
import { withinLimit } from "../timing/time-limit.ts";
import type { Telling } from "./bundle.ts";
import { requested, tell, tellFor, type TellContext } from "./notify.ts";
import type { JobRun } from "./run-jobs.ts";
import type { Shards } from "./shard-task.ts";

export interface TickContext extends TellContext {
  /** Of this invocation, as its shards were told it. */
  readonly tickId: string;
}

/** What a job's run leads to. */
export interface DecidedRun {
  readonly run: JobRun;
  readonly before: JobState;
  readonly decision: Decision;
  /** Under which it was run; null where it was not. */
  readonly maintenance: Stretch | null;
}

/**
 * Lets jobs tell what was decided, each where it ran. A tick may be decided more than once; no job is asked to
 * tell the same thing twice.
 */
export class Teller {
  readonly #context: TickContext;
  readonly #shards: Pick<Shards, "tell"> | null;
  readonly #told = new Map<string, Promise<readonly Telling[]>>();

  constructor(context: TickContext, shards: Pick<Shards, "tell"> | null) {
    this.#context = context;
    this.#shards = shards;
  }

  /** What the jobs have to tell, in their order. */
  async tellAll(decided: readonly DecidedRun[]): Promise<readonly Telling[]> {
    const toTell = decided.filter(({ run, decision }) => decision.notice !== null || run.emails.length > 0);
    this.#askShards(toTell);
    const tellings = await mapWithSlots(toTell, MAX_CONNECTIONS, async (one) => [
      ...requested(one.run.emails, one.run.planned.identity, this.#context.nowMs),
      ...(await this.#tell(one)),
    ]);
    return tellings.flat();
  }

  #tell(one: DecidedRun): Promise<readonly Telling[]> {
    const { run, before, decision } = one;
    const told =
      this.#told.get(keyOf(one)) ?? tell(run.planned, before, run.outcome, decision, this.#context);
    this.#told.set(keyOf(one), told);
    return told;
  }

  /** One question to each shard, all at once. */
  #askShards(toTell: readonly DecidedRun[]): void {
    const shards = this.#shards;
    if (shards === null) return;
    const remote = toTell.filter((one) => isTheJobs(one) && !this.#told.has(keyOf(one)));
    for (const [shard, group] of Map.groupBy(remote, ({ run }) => run.shard)) {
      if (shard === null) continue;
      const answers = this.#askShard(shards, shard, group);
      group.forEach((one, index) =>
        this.#told.set(
          keyOf(one),
          answers.then((all) => all[index] ?? []),
        ),
      );
    }
  }

  async #askShard(
    shards: Pick<Shards, "tell">,
    shard: string,
    group: readonly DecidedRun[],
  ): Promise<readonly (readonly Telling[])[]> {
    const { tickId, nowMs } = this.#context;
    const leftMs = Math.max(0, this.#context.leftMs());
    const told = group.map(({ run, before, decision }) => {
      const { identity, file, index } = run.planned;
      return { job: { identity, file, index }, before, outcome: run.outcome, decision };
    });
    let answers: readonly (readonly Telling[] | null)[] = [];
    let problem = "its file does not give it any more";
    try {
      const telling = shards.tell(shard, { tickId, nowMs, leftMs, told });
      answers = await withinLimit(leftMs + ANSWER_GRACE_MS, telling, () => {
        throw new Error("no answer in time");
      });
    } catch (error) {
      problem = `where it ran cannot be reached (${errorText(error)})`;
    }
    return group.map(
      ({ run, before, decision }, index) =>
        answers[index] ?? tellFor(run.planned, before, run.outcome, decision, this.#context, problem),
    );
  }
}

/** Time for an answer to arrive from where the jobs ran, ms. */
const ANSWER_GRACE_MS = 2_000;

function keyOf({ run, decision }: DecidedRun): string {
  return `${run.planned.identity} ${decision.notice}`;
}

/** What is told without the job needs nobody to be asked. */
function isTheJobs({ decision }: DecidedRun): boolean {
  return decision.notice !== null && decision.notice !== "inconclusive";
}
