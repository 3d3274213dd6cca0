import { withoutDirections } from "../../core/text.ts";

/**
 * A page as it is sent. Without its first words a browser lays it out as pages were in 1998. Here, as every page passes,
 * the texts of others lose what could reorder ours.
 */
export function documentOf(content: { toString(): string | Promise<string> }): string {
  return `<!doctype html>${withoutDirections(String(content))}`;
}
