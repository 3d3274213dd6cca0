const store = new WeakMap<object, Map<unknown, unknown>>();

function getOwnMetadata(key: unknown, target: object): unknown {
  return store.get(target)?.get(key);
}

function defineMetadata(key: unknown, value: unknown, target: object): void {
  const entries = store.get(target) ?? new Map<unknown, unknown>();
  store.set(target, entries.set(key, value));
}

/**
 * As much of reflect-metadata as @peculiar/x509 (its tsyringe) needs in order to load: it refuses to
 * start without, and the package itself is not worth a dependency.
 */
export function installReflectMetadata(): void {
  Object.assign(Reflect, { getMetadata: getOwnMetadata, getOwnMetadata, defineMetadata });
}
