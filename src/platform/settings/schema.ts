import * as v from "valibot";
import { FREQUENCIES, JobFrequency } from "../../core/time/frequency.ts";
import { PLANS } from "../../core/plan.ts";
import { MAIL_ADDRESS } from "../../core/net/mail-address.ts";
import { problemOfWebAddress } from "../../core/net/web-address.ts";

/**
 * The Worker's variables as the owner writes them in wrangler.toml, in .dev.vars or in the dashboard.
 * The latter two know only texts, so each setting also takes its value as text.
 */

const address = v.pipe(
  v.string("is not a text"),
  v.trim(),
  v.regex(MAIL_ADDRESS, ({ input }) =>
    /^\p{ASCII}*$/u.test(input)
      ? "is not an email address"
      : "has letters that are not ASCII; a domain has an xn-- form that does without",
  ),
  v.maxLength(254, "is longer than 254 characters"),
);

/** Texts without the white space around them, which a pipe or an editor may add. */
const trimmed = v.pipe(
  v.unknown(),
  v.transform((value) => (typeof value === "string" ? value.trim() : value)),
);
const oneOf = <const Options extends readonly string[]>(options: Options, message: string) =>
  v.pipe(trimmed, v.picklist(options, message));

const flag = v.pipe(
  trimmed,
  v.union([v.boolean(), v.picklist(["true", "false", "1", "0", ""])], "is neither true nor false"),
  v.transform((value) => value === true || value === "true" || value === "1"),
);

const whole = (what: string, least: number, most: number) =>
  v.pipe(
    v.union(
      [
        v.number(),
        v.pipe(
          v.string(),
          v.regex(/^\s*\d+\s*$/),
          v.transform((text) => Number(text)),
        ),
      ],
      `is not a ${what}`,
    ),
    v.integer(`is not a whole ${what}`),
    v.minValue(least, `is less than ${least}`),
    v.maxValue(most, `is more than ${most}`),
  );
const seconds = (least: number, most: number) => whole("number of seconds", least, most);
const days = (least: number, most: number) => whole("number of days", least, most);
const count = (least: number, most: number) => whole("number", least, most);

/** A list that may come as JSON text. `split` says what a text that is not JSON stands for. */
const listFrom = (split: (text: string) => unknown) =>
  v.pipe(
    v.unknown(),
    v.transform((value) => {
      if (typeof value !== "string") return value;
      const text = value.trim();
      if (!text.startsWith("[")) return split(text);
      try {
        const parsed: unknown = JSON.parse(text);
        return parsed;
      } catch {
        // Left as the text that it is: the schema after this one then names it as wrong.
        return value;
      }
    }),
  );

const contacts = v.pipe(
  listFrom((text) => text.split(",").map((part) => part.trim())),
  v.array(address, "is neither an address nor a list of them"),
  v.minLength(1, "names nobody"),
  v.maxLength(20, "names more than 20 addresses"),
);

const webAddress = v.pipe(
  v.string("is not a text"),
  v.trim(),
  // It stands in subjects, where a line end would begin another header.
  v.check(
    (url) => problemOfWebAddress(url) === null,
    ({ input }) => problemOfWebAddress(input) ?? "",
  ),
);

/** Three that have nothing in common but that half the world reaches them. Cloudflare itself is none: it is here. */
const REFERENCES = [
  "https://www.google.com/generate_204",
  "https://www.apple.com/robots.txt",
  "https://www.wikipedia.org/robots.txt",
];
const references = v.pipe(
  listFrom((text) => (text === "" ? [] : text.split(",").map((part) => part.trim()))),
  v.array(webAddress, "is not a list of addresses"),
  v.maxLength(5, "names more than 5 addresses"),
);

const peers = v.pipe(
  listFrom((text) => (text === "" ? [] : text)),
  v.array(
    v.object({ url: webAddress, admin: address }, "is not { url, admin }"),
    "is not a list of { url, admin }",
  ),
  v.maxLength(40, "names more than 40 peers"),
  v.check((list) => new Set(list.map((peer) => peer.url)).size === list.length, "names the same url twice"),
);

const teamDomain = v.pipe(
  v.string("is not a text"),
  v.trim(),
  v.toLowerCase(),
  // No other domain: whoever serves the keys there decides who is the owner, so a slip of the pen must not pass.
  v.regex(
    /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.cloudflareaccess\.com$/,
    "is not a team domain of Cloudflare Access",
  ),
);

const audienceTag = v.pipe(
  v.string("is not a text"),
  v.trim(),
  v.toLowerCase(),
  v.regex(/^[\da-f]{64}$/, "is not an audience tag"),
);

export const SettingsSchema = v.object({
  SERVER_NAME: v.pipe(
    v.string("is not a text"),
    v.trim(),
    v.nonEmpty("is empty"),
    v.maxLength(60, "is longer than 60 characters"),
    // It stands in every subject, where a line end would begin another header.
    v.regex(/^\P{Cc}*$/u, "holds a control character"),
  ),
  PAGE_TITLE: v.optional(
    v.pipe(
      v.string("is not a text"),
      v.trim(),
      v.nonEmpty("is empty"),
      v.maxLength(100, "is longer than 100 characters"),
    ),
    "Status",
  ),
  ALERT_CONTACT: contacts,
  MAIL_FROM: address,
  MAIL_LOOPBACK_TO: v.optional(address),
  PEERS: v.optional(peers, []),
  PEER_CHECK_EVERY: v.optional(oneOf(FREQUENCIES, "is not a frequency"), JobFrequency.HOUR),
  NO_MAIL: v.optional(flag, false),
  BUST_THREADING: v.optional(flag, false),
  STALE_AFTER_SECONDS: v.optional(seconds(60, 86_400), 180),
  MAX_MAILS_PER_HOUR: v.optional(count(1, 1_000), 30),
  REFERENCE_TARGETS: v.optional(references, REFERENCES),
  GAP_ALERT_AFTER_SECONDS: v.optional(seconds(120, 86_400), 600),
  FLAPPING_CHANGES: v.optional(
    v.pipe(
      count(0, 100),
      v.check((changes) => changes === 0 || changes >= 3, "is less than 3 and not 0"),
    ),
    6,
  ),
  FLAPPING_RUNS: v.optional(count(4, 1_000), 20),
  PLAN: v.optional(oneOf(PLANS, "is not a plan"), "free"),
  SHARD_SIZE: v.optional(count(1, 1_000)),
  IN_PLACE_JOBS: v.optional(count(0, 100), 12),
  // Samples are rolled up when their day is over, so two days are the least.
  HISTORY_RAW_DAYS: v.optional(days(2, 90), 7),
  HISTORY_HOURLY_DAYS: v.optional(days(2, 730), 90),
  HISTORY_DAILY_DAYS: v.optional(days(2, 3_650), 730),
  LOOPBACK_TIMEOUT_SECONDS: v.optional(seconds(60, 3_000), 600),
  ACCESS_TEAM_DOMAIN: v.optional(teamDomain),
  ACCESS_AUD: v.optional(audienceTag),
});

/** What lets the owner in by Cloudflare Access, whatever is wrong with the rest. */
export const AccessSchema = v.pick(SettingsSchema, ["ACCESS_TEAM_DOMAIN", "ACCESS_AUD"]);
