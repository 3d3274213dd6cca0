/** How people see a job on the pages. */
export interface JobDisplay {
  readonly name: string;
  /** The heading under which it stands. */
  readonly group: string;
  /** Strangers see it too. */
  readonly isPublic: boolean;
}

/** The name without the file's, which says nothing where many jobs of a file stand below each other. */
export function shortName(jobKey: string, name: string): string {
  const prefix = `${defaultGroup(jobKey)} `;
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** Where a job says nothing else it stands under its file's name, with which every identity begins. */
export function defaultGroup(jobKey: string): string {
  const end = jobKey.indexOf("[");
  return end < 0 ? jobKey : jobKey.slice(0, end);
}
