import type { FC } from "hono/jsx";
import { formatAge, formatUtc } from "../../core/text.ts";

/** A moment, in UTC; the page's script shows it in the reader's own zone. The machine's form has seconds and no more. */
export const Time: FC<{ readonly atMs: number }> = ({ atMs }) => (
  <time datetime={`${new Date(atMs).toISOString().slice(0, 19)}Z`}>{formatUtc(atMs)}</time>
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
