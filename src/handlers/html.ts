/** A page as it is sent. Without its first words a browser lays it out as pages were in 1998. */
export function documentOf(content: { toString(): string | Promise<string> }): string {
  return `<!doctype html>${String(content)}`;
}
