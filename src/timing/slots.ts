/**
 * Runs `work` on every item, at most `limit` at a time, and keeps the order of results. Workers give an
 * invocation six connections and let a seventh wait, so whoever starts a time-out must hold a slot first.
 */
export async function mapWithSlots<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const runner = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      const item = items[index] as Item;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, runner));
  return results;
}
