import type { Suppressions } from "../alerting/suppression.ts";
import type { OpenMaintenance } from "../alerting/maintenance.ts";
import type { DayUsage } from "../usage/usage.ts";
import type { Gap } from "../core/gap.ts";
import type { JobLoadError } from "../job-loading/load-error.ts";
import type { TickRecord } from "../scheduling/tick-record.ts";
import type { StatusView } from "../self-check/instance-status.ts";

/** What an instance knows of itself, for its owner. */
export interface InstanceView extends StatusView {
  /** Counts commits: what jobs are shown as changes with it and not between. */
  readonly version: number;
  /** Null before the first, and where it cannot be read. Its id counts ticks. */
  readonly lastTick: (TickRecord & { readonly id: number }) | null;
  /** Messages that are not told yet, are held for the limit of mails an hour, or were given up. */
  readonly outbox: { readonly waiting: number; readonly throttled: number; readonly failed: number };
  /** The newest gaps in the minutes, newest first. */
  readonly gaps: readonly Gap[];
  /** Job files that cannot be run, in whole or in part, in the order of their names. */
  readonly loadErrors: readonly JobLoadError[];
  /** As of the newest tick. */
  readonly maintenance: readonly OpenMaintenance[];
  /** What the owner has said about notices. */
  readonly suppressions: Suppressions;
  /** What was used up to the newest tick; undefined where it does not say. */
  readonly usage?: DayUsage | undefined;
}
