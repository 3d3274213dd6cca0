/** What commits say of the past, held against what was seen: every outcome once, and every failure an incident. */
import { CONNECTIVITY } from "../../../src/execution/connectivity-rules.ts";
import type { JobFrequency } from "../../../src/core/time/frequency.ts";
import type { SeriesBlock } from "../../../src/history/blocks.ts";
import { sampleAt } from "../../../src/history/sample.ts";
import type { OutcomeStatus } from "../../../src/core/outcome.ts";
import type { TickCommit } from "../../../src/scheduling/ports.ts";

export class PastBook {
  readonly #blocks = new Map<number, SeriesBlock>();
  /** By job: when the incident that goes on began. */
  readonly #open = new Map<string, number>();
  /** By job that was unsettled after the commit before: when the incident began that is kept open for it. */
  #kept = new Map<string, number>();
  readonly #slots = new Set<string>();

  /**
   * @param seen outcomes that this commit counts, by job
   * @param failing by job: when the failure began that goes on after it
   * @param ahead jobs that were decided without the database before it
   * @returns what is wrong
   */
  committed(
    { history, completedSlots, churning }: TickCommit,
    seen: ReadonlyMap<string, OutcomeStatus>,
    failing: ReadonlyMap<string, number>,
    uncommitted: ReadonlySet<string>,
  ): readonly string[] {
    for (const block of history.changed) this.#blocks.set(block.id, block);
    const slots = new Map<JobFrequency, number>(
      completedSlots.map(({ frequency, atMs }) => [frequency, atMs]),
    );
    const wrong: string[] = [];
    const recorded: string[] = [];
    for (const { block: id, atMs, data } of history.samples) {
      const block = this.#blocks.get(id);
      const slot = `${id} ${atMs}`;
      if (block === undefined || slots.get(block.frequency) !== atMs || this.#slots.has(slot))
        wrong.push(`records lane ${id} at ${atMs}`);
      this.#slots.add(slot);
      for (const [position, job] of (block?.jobs ?? []).entries()) {
        const reading = sampleAt(data, position);
        if (reading !== null) recorded.push(`${job} ${reading.status}`);
      }
    }
    const shouldBe = [...seen].map(([job, status]) => `${job} ${status}`);
    if (recorded.toSorted().join() !== shouldBe.toSorted().join())
      wrong.push(`records ${recorded.join()} instead of ${shouldBe.join()}`);
    for (const { jobKey, fromMs, end } of history.incidents) {
      if (end === null) this.#open.set(jobKey, fromMs);
      else if (this.#open.get(jobKey) === fromMs) this.#open.delete(jobKey);
    }
    const kept = new Map<string, number>();
    for (const [job, { churn }] of churning) {
      const fromMs = churn?.summary?.fromMs ?? null;
      if (fromMs !== null) kept.set(job, fromMs);
      if (fromMs !== null && fromMs > (failing.get(job) ?? Infinity))
        wrong.push(`keeps an incident of ${job} open that began after its failure`);
      const keptMs = this.#kept.get(job);
      // Without the database it may have settled, and begun again.
      if (keptMs !== undefined && keptMs !== fromMs && !uncommitted.has(job))
        wrong.push(`keeps another incident of ${job} open while it is unsettled`);
    }
    this.#kept = kept;
    const listed = ([job, fromMs]: readonly [string, number]): string => `${job} ${fromMs}`;
    const open = [...this.#open].map(listed);
    const others = [...failing].filter(([job]) => job !== CONNECTIVITY && !churning.has(job));
    const fails = [...others, ...kept].map(listed);
    if (open.toSorted().join() !== fails.toSorted().join())
      wrong.push(`knows of incidents ${open.join()} instead of ${fails.join()}`);
    return wrong;
  }
}
