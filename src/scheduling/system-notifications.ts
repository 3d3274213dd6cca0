import { MINUTE_MS } from "../core/time/frequency.ts";
import { DURABLE_OBJECT_TIME, ROWS_READ, type QuotaWarning } from "../usage/quota.ts";
import { PLAN_NAMES, type Plan } from "../core/plan.ts";
import { formatDuration, formatUtc, oneLine, plural } from "../core/text.ts";
import { type Notification, systemNotification } from "../mail/group-by-recipient.ts";
import type { Gap } from "../core/gap.ts";
import type { CorruptRow } from "../core/corrupt-row.ts";
import type { JobLoadError } from "../job-loading/load-error.ts";

export function loadErrorNotification(
  { name, message }: JobLoadError,
  to: readonly string[],
  atMs: number,
): Notification {
  const lines = [
    `jobs/${name} cannot be run, in whole or in part.`,
    "",
    ...message.split("\n").map((line) => oneLine(line, 1000)),
    "",
    "All other jobs run on. This is told once, until it changes.",
    "",
    "What to do: mend the file, see that `npm run check` is content, and deploy again.",
  ];
  return systemNotification(`Import Error on ${name}`, oneLine(message), lines, to, atMs);
}

/** Said once, by the first tick after the gap. */
export function gapNotification(gap: Gap, to: readonly string[], atMs: number): Notification {
  const endMs = gap.toMs + MINUTE_MS;
  const lasted = formatDuration(endMs - gap.fromMs);
  const lines = [
    `No checks ran from ${formatUtc(gap.fromMs)} to ${formatUtc(endMs)} (${lasted}).`,
    "",
    `This instance missed ${plural(gap.slots, "minute")}. Whatever failed and recovered meanwhile was not seen; it counts`,
    "neither as up nor as down. All checks run again now.",
    "",
    "What to do: if this was no stop of your own, look at the cron triggers and the log of the Worker, and at",
    "Cloudflare's status page. If its database did not answer, failures were mailed without it, and you know.",
  ];
  return systemNotification(`No checks ran for ${lasted}`, `until ${formatUtc(endMs)}`, lines, to, atMs);
}

/** Said once a day for each limit. */
export function quotaNotification(
  near: readonly QuotaWarning[],
  plan: Plan,
  to: readonly string[],
  atMs: number,
): Notification {
  const number = (value: number): string => Math.round(value).toLocaleString("en-US");
  const amounts = near.map(
    ({ limit: { name, most, unit }, used }) =>
      `- ${name}: ${number(used)} of ${number(most)}${unit === "" ? "" : ` ${unit}`}`,
  );
  const isFull = near.some(({ limit }) => limit.per === "database");
  const isDay = near.some(({ limit }) => limit.per === "day");
  const lines = [
    `By ${formatUtc(atMs)} this Checker has used more than 80 % of what Cloudflare's ${PLAN_NAMES[plan]} plan gives:`,
    "",
    ...amounts,
    "",
    ...(isDay
      ? [
          "Beyond it the platform refuses, until midnight UTC. To leave what is left to alerts, history is kept of every",
          "fifth minute alone once 80 % of the rows written are used, and of none from 95 % on. Checks and alerts go on.",
          "",
          "What to do: check less often, or fewer targets, or change to the Paid plan (and set PLAN to it); npm run check",
          "shows what your jobs need in a day.",
        ]
      : []),
    ...(near.some(({ limit }) => limit.name === DURABLE_OBJECT_TIME)
      ? [
          "",
          "Jobs that hang until their time-out take most of the Durable Object time. Until midnight UTC those that have hung",
          "ten times in a row are checked every 5 minutes only, from 90 % on every 15, and from 95 % on every 30: they stay",
          "down meanwhile, and their recovery is found that much later. To avoid it, remove targets that are gone, or set a",
          "shorter timeoutMs.",
        ]
      : []),
    ...(near.some(({ limit }) => limit.name === ROWS_READ)
      ? [
          "",
          "Until midnight UTC the public pages and the API show strangers what was read before, or answer 503 with when to",
          "ask again. You see everything.",
        ]
      : []),
    ...(isDay && isFull ? [""] : []),
    ...(isFull
      ? [
          "A database that is full takes nothing more, alerts neither. Until there is room again, history is kept of every",
          "fifth minute alone, and of none from 95 % on.",
          "",
          "What to do: keep single outcomes for fewer days (HISTORY_RAW_DAYS), or check fewer targets.",
        ]
      : []),
  ];
  return systemNotification(
    `Near a limit of the ${PLAN_NAMES[plan]} plan`,
    near.map(({ limit }) => limit.name).join(", "),
    lines,
    to,
    atMs,
  );
}

/** Said once, until a ping is taken. The address is a secret, so it stands in no mail. */
export function deadMansSwitchNotification(
  { failures, reason }: { readonly failures: number; readonly reason: string },
  to: readonly string[],
  atMs: number,
): Notification {
  const lines = [
    `The address in DEAD_MAN_URL did not take the last ${failures} pings: ${reason}.`,
    "",
    "The service behind it may tell you that this Checker is dead, and cannot tell you when it is. Checks and alerts",
    "go on. This is told once, until a ping is taken.",
    "",
    "What to do: see whether that service is well, and whether DEAD_MAN_URL is the address that it shows.",
  ];
  return systemNotification("The dead man's switch takes no pings", reason, lines, to, atMs);
}

/** Longest list of rows in one mail. */
const MAX_ROWS = 50;

export function corruptRowNotification(
  damage: readonly CorruptRow[],
  to: readonly string[],
  atMs: number,
): Notification {
  const rows = damage.slice(0, MAX_ROWS).map(({ table, key, problem }) => {
    return `- ${table}, ${oneLine(key, 120)}: ${oneLine(problem)}`;
  });
  const more = damage.length > MAX_ROWS ? [`and ${damage.length - MAX_ROWS} more.`] : [];
  const lines = [
    `${plural(damage.length, "row")} of this Checker's own database could not be read:`,
    "",
    ...rows,
    ...more,
    "",
    "They are written anew. A job whose state is among them starts afresh: a failure that was told is told again.",
    "",
    "What to do: nothing, unless somebody or something else writes to this database.",
  ];
  const subject = `${plural(damage.length, "damaged row")} in the database`;
  return systemNotification(subject, "written anew", lines, to, atMs);
}
