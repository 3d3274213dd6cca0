import { REFUSED_FIRST } from "./scenarios.ts";

/** Where target `index` is. Shared by Checker, the floor and whoever else is measured. */
export function targetUrl(index: number, { base, refusable }: { base: string; refusable: string }): string {
  return `${index % 20 === REFUSED_FIRST ? refusable : base}/t/${index}`;
}
