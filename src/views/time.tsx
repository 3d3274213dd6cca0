import type { FC } from "hono/jsx";
import { formatAge } from "../domain/text.ts";

/** As people read it where scripts are off. The page's script shows it in the reader's own zone. */
export function utcText(atMs: number): string {
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** A moment. The machine's form has seconds and no more. */
export const Time: FC<{ readonly atMs: number }> = ({ atMs }) => (
  <time datetime={`${new Date(atMs).toISOString().slice(0, 19)}Z`}>{utcText(atMs)}</time>
);

/** A moment as how long it is past; the page's script keeps it true. */
export const Ago: FC<{
  readonly atMs: number;
  readonly nowMs: number;
  /** How long, without the word. */
  readonly plain?: boolean;
}> = ({ atMs, nowMs, plain = false }) => (
  <>
    <span class="ago" data-at={atMs}>
      {formatAge(nowMs - atMs)}
    </span>
    {plain ? ", since " : " ago ("}
    <Time atMs={atMs} />
    {plain ? "" : ")"}
  </>
);
