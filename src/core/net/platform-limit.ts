import { errorText } from "../text.ts";

/**
 * Limits of Workers that surface as exceptions of whatever ran into them. They have no code, only these
 * texts. Source: https://developers.cloudflare.com/workers/observability/errors/
 */
const LIMIT = /^(Too many (API requests|subrequests)|(Worker|Script) exceeded )/i;

/** Whether `thrown` tells of a limit of the platform, which says nothing about what was checked. */
export function isPlatformLimit(thrown: unknown): boolean {
  return thrown instanceof Error && LIMIT.test(errorText(thrown));
}
