import { REFUSED_FIRST } from "./scenarios.ts";

export interface TargetsGiven {
  readonly base: string;
  /** Of those that can be made to refuse. */
  readonly refusable: string;
  readonly count: number;
}

/** Where target `index` is. Shared by Checker, the floor and whoever else is measured. */
export function targetUrl(index: number, { base, refusable }: Omit<TargetsGiven, "count">): string {
  return `${index % 20 === REFUSED_FIRST ? refusable : base}/t/${index}`;
}
