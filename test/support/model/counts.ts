/** How often something happened: a model that meets nothing proves nothing. */
export class Counts {
  readonly #counts = new Map<string, number>();

  add(what: string, count = 1): void {
    if (count > 0) this.#counts.set(what, this.of(what) + count);
  }

  of(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  addAll(others: Counts): void {
    for (const [what, count] of others.#counts) this.add(what, count);
  }

  /** `12 commits, 3 gaps`, in the order of the alphabet. */
  toString(): string {
    const sorted = [...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return sorted.map(([what, count]) => `${count} ${what}`).join(", ");
  }
}
