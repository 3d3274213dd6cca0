/** How people see a job on the pages. */
export interface Showing {
  readonly name: string;
  /** The heading under which it stands. */
  readonly group: string;
  /** Strangers see it too. */
  readonly isPublic: boolean;
}

/** The name without the file's, which says nothing where many jobs of a file stand below each other. */
export function shortName(identity: string, name: string): string {
  const prefix = `${defaultGroup(identity)} `;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Where a job says nothing else it stands under its file's name, with which every identity begins. */
export function defaultGroup(identity: string): string {
  const end = identity.indexOf("[");
  return end < 0 ? identity : identity.slice(0, end);
}
