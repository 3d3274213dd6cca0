/** Where target `index` is. Shared by Checker, the floor and whoever else is measured. */
export function targetUrl(index: number, { base, refusable }: { base: string; refusable: string }): string {
  return `${index % 20 === 3 ? refusable : base}/t/${index}`;
}
