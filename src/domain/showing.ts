/** How people see a job on the pages. */
export interface Showing {
  readonly name: string;
  /** The heading under which it stands. */
  readonly group: string;
  /** Strangers see it too. */
  readonly isPublic: boolean;
}

/** Where a job says nothing else it stands under its file's name, with which every identity begins. */
export function defaultGroup(identity: string): string {
  const end = identity.indexOf("[");
  return end < 0 ? identity : identity.slice(0, end);
}
