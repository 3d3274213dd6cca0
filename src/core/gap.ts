/** Minutes in which no tick ran. */
import type { JobFrequency } from "./time/frequency.ts";

/** Slots of one frequency that never ran, both ends included. Times are Unix ms. */
export interface Gap {
  readonly frequency: JobFrequency;
  readonly fromMs: number;
  readonly toMs: number;
  readonly slots: number;
}
