import * as v from "valibot";

/** A place in a list as text for addresses. Nobody but the list that made it reads it. */
export function writeCursor(place: readonly unknown[]): string {
  return base64Url(new TextEncoder().encode(JSON.stringify(place)));
}

/** RFC 4648 section 5, without padding. */
export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

/** What a cursor may have, characters: it holds a job's name or identity. */
const MAX_LENGTH = 4_000;

/** Reads what `writeCursor` wrote for a place of this kind. */
export const cursorOf = <Place extends v.GenericSchema>(place: Place) =>
  v.pipe(
    v.string(),
    v.regex(/^[\w-]+$/, NOT_OURS),
    v.maxLength(MAX_LENGTH, NOT_OURS),
    v.description("Take `nextCursor` of the page before; leave it out for the first."),
    v.rawTransform(({ dataset, addIssue, NEVER }): unknown => {
      try {
        const binary = atob(dataset.value.replaceAll("-", "+").replaceAll("_", "/"));
        const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
        return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes));
      } catch {
        addIssue({ message: NOT_OURS });
        return NEVER;
      }
    }),
    v.config(place, { message: NOT_OURS }),
  );

const NOT_OURS = "was not given by this list";
