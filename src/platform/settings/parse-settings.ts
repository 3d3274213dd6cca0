import * as v from "valibot";
import { FREQUENCIES } from "../../core/time/frequency.ts";
import { isOwnAddress } from "../../core/net/own-address.ts";
import { PLAN_LIMITS, PLANS } from "../../core/plan.ts";
import type { AccessSettings, ParsedSettings, SettingProblem, Settings } from "../../core/settings.ts";
import { oneLine } from "../../core/text.ts";
import { hideCredentials } from "../../core/net/web-address.ts";
import { AccessSchema, SettingsSchema } from "./schema.ts";
import { parseDeadManUrl, pingProblem } from "./secrets.ts";

/** Names of all settings, for finding misspelt ones. Bindings and secrets are not among them. */
export const SETTING_NAMES: readonly string[] = Object.keys(SettingsSchema.entries);

/** Parses the Worker's variables. Tells everything that is wrong with them at once. */
export function parseSettings(env: Readonly<Record<string, unknown>>): ParsedSettings {
  const result = v.safeParse(SettingsSchema, env);
  const deadMansSwitch = parseDeadManUrl(env);
  const isWrong = deadMansSwitch !== null && typeof deadMansSwitch !== "string";
  const problems = [
    ...(result.issues ?? []).map(toProblem),
    ...missingHalf(env),
    ...selfContacts(env),
    ...(isWrong ? [deadMansSwitch] : []),
  ];
  if (result.success && !isWrong && problems.length === 0) {
    const secrets = { pingProblem: pingProblem(env), deadManUrl: deadMansSwitch };
    return { ok: true, settings: toSettings(result.output, secrets) };
  }
  return { ok: false, problems };
}

/**
 * How Cloudflare Access lets the owner in; null when it is not set up, or not rightly. Apart from the other
 * settings: an owner who has one of those wrong wants to look at this instance all the more.
 */
export function parseAccess(env: Readonly<Record<string, unknown>>): AccessSettings | null {
  const { success, output } = v.safeParse(AccessSchema, env);
  if (!success || output.ACCESS_TEAM_DOMAIN === undefined || output.ACCESS_AUD === undefined) return null;
  return { teamDomain: output.ACCESS_TEAM_DOMAIN, audience: output.ACCESS_AUD };
}

/** Without the audience a token for any application of the team would open the door; alone it opens nothing. */
function missingHalf(env: Readonly<Record<string, unknown>>): SettingProblem[] {
  const names = Object.keys(AccessSchema.entries);
  const missing = names.filter((name) => env[name] === undefined);
  if (missing.length !== 1) return [];
  const [given = ""] = names.filter((name) => !missing.includes(name));
  return missing.map((name) => ({
    name,
    value: "",
    problem: `is missing, and ${given} is of no use without it`,
    hint: HINTS[name] ?? "",
  }));
}

/** Addresses of people that are the Worker's own: every alert to them would count as accepted and reach nobody. */
export function selfContacts(env: Readonly<Record<string, unknown>>): SettingProblem[] {
  const { MAIL_FROM, ALERT_CONTACT, PEERS } = SettingsSchema.entries;
  const from = v.safeParse(MAIL_FROM, env["MAIL_FROM"]);
  if (!from.success) return [];
  const contacts = v.safeParse(ALERT_CONTACT, env["ALERT_CONTACT"]);
  const peers = v.safeParse(PEERS, env["PEERS"]);
  const named = [
    ...(contacts.success ? contacts.output : []).map((to, i) => [`ALERT_CONTACT[${i}]`, to] as const),
    ...(peers.success ? peers.output : []).map(({ admin }, i) => [`PEERS[${i}].admin`, admin] as const),
  ];
  return named
    .filter(([, to]) => isOwnAddress(to, from.output))
    .map(([name, to]) => ({
      name,
      value: describe(to),
      problem: "is MAIL_FROM, whose mail is routed to this Worker, so no person would read it",
      hint: "write an address that a person reads",
    }));
}

function toSettings(
  parsed: v.InferOutput<typeof SettingsSchema>,
  secrets: Pick<Settings, "pingProblem" | "deadManUrl">,
): Settings {
  return {
    serverName: parsed.SERVER_NAME,
    pageTitle: parsed.PAGE_TITLE,
    alertContacts: [...new Set(parsed.ALERT_CONTACT)],
    mailFrom: parsed.MAIL_FROM,
    mailLoopbackTo: parsed.MAIL_LOOPBACK_TO ?? parsed.MAIL_FROM,
    peers: parsed.PEERS,
    peerCheckEvery: parsed.PEER_CHECK_EVERY,
    noMail: parsed.NO_MAIL,
    bustThreading: parsed.BUST_THREADING,
    staleAfterSeconds: parsed.STALE_AFTER_SECONDS,
    loopbackTimeoutSeconds: parsed.LOOPBACK_TIMEOUT_SECONDS,
    maxMailsPerHour: parsed.MAX_MAILS_PER_HOUR,
    referenceTargets: parsed.REFERENCE_TARGETS,
    gapAlertAfterSeconds: parsed.GAP_ALERT_AFTER_SECONDS,
    flapping: { changes: parsed.FLAPPING_CHANGES, runs: parsed.FLAPPING_RUNS },
    plan: parsed.PLAN,
    sharding: {
      size: parsed.SHARD_SIZE ?? PLAN_LIMITS[parsed.PLAN].shardSize,
      inPlace: parsed.IN_PLACE_JOBS,
    },
    history: {
      rawDays: parsed.HISTORY_RAW_DAYS,
      hourlyDays: parsed.HISTORY_HOURLY_DAYS,
      dailyDays: parsed.HISTORY_DAILY_DAYS,
    },
    ...secrets,
  };
}

const ADDRESS_HINT = `write one address, such as "ops@example.com"`;
const HINTS: Readonly<Record<string, string>> = {
  SERVER_NAME: `a short name for this instance, such as "checker-eu"`,
  PAGE_TITLE: `a text, such as "Status of example.com"`,
  ALERT_CONTACT: `an address, or a list: ["ops@example.com", "me@example.com"]`,
  MAIL_FROM: `${ADDRESS_HINT}, that is routed to this Worker`,
  MAIL_LOOPBACK_TO: `${ADDRESS_HINT}; leave it out to use MAIL_FROM`,
  PEERS: `a list: [{ url = "https://checker.example.org/status", admin = "admin@example.org" }]`,
  PEER_CHECK_EVERY: `one of ${FREQUENCIES.join(", ")}`,
  NO_MAIL: "true or false",
  BUST_THREADING: "true or false",
  STALE_AFTER_SECONDS: "whole seconds from 60 to 86400; ticks come every 60",
  MAX_MAILS_PER_HOUR: "a whole number from 1 to 1000",
  REFERENCE_TARGETS: `a list of up to 5: ["https://www.example.com/"]; [] asks nobody`,
  GAP_ALERT_AFTER_SECONDS: "whole seconds from 120 to 86400; ticks come every 60",
  FLAPPING_CHANGES: "a whole number from 3 to 100; 0 switches it off",
  FLAPPING_RUNS: "a whole number from 4 to 1000",
  PLAN: `${PLANS.map((plan) => `"${plan}"`).join(" or ")}, as your account's Workers plan`,
  SHARD_SIZE: "a whole number from 1 to 1000; leave it out for what fits the plan",
  IN_PLACE_JOBS: "a whole number from 0 to 100",
  HISTORY_RAW_DAYS: "whole days from 2 to 90: how long every single outcome is kept",
  HISTORY_HOURLY_DAYS: "whole days from 2 to 730: how long the sums of hours are kept",
  HISTORY_DAILY_DAYS: "whole days from 2 to 3650: how long the sums of days are kept",
  LOOPBACK_TIMEOUT_SECONDS: "whole seconds from 60 to 3000, less than the hour between two probes",
  ACCESS_TEAM_DOMAIN: `your team's name before .cloudflareaccess.com, such as "myteam.cloudflareaccess.com"`,
  ACCESS_AUD: "the 64 hexadecimal digits that the application shows as its Application Audience (AUD) Tag",
};

/** In one line, without values: these may be meant for nobody who reads a log or a page. */
export function problemsText(problems: readonly SettingProblem[]): string {
  return problems.map((problem) => formatProblem({ ...problem, value: "" })).join(" ");
}

function toProblem(issue: v.BaseIssue<unknown>): SettingProblem {
  const path = (issue.path ?? []).map((item) => item.key);
  const name = path.map((key, i) =>
    typeof key === "number" ? `[${key}]` : `${i > 0 ? "." : ""}${String(key)}`,
  );
  return {
    name: name.join(""),
    value: describe(issue.input),
    problem: issue.input === undefined ? "is missing" : issue.message,
    hint: HINTS[String(path[0])] ?? "",
  };
}

function describe(value: unknown): string {
  if (value === undefined) return "";
  const hidden = withoutSecrets(value);
  return oneLine(JSON.stringify(hidden) ?? typeof hidden, 80);
}

/** Whatever may be a user and a password, at any depth. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value === "string") {
    const list = value.trimStart().startsWith("[") ? parsedJson(value) : undefined;
    return list === undefined ? hideCredentials(value) : JSON.stringify(withoutSecrets(list));
  }
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withoutSecrets(one)]));
}

/** Undefined where it is no JSON. */
function parsedJson(text: string): unknown {
  try {
    const parsed: unknown = JSON.parse(text);
    return parsed;
  } catch {
    return undefined;
  }
}

/** `ALERT_CONTACT = "x": is not an email address. Hint: …`, one line. */
export function formatProblem({ name, value, problem, hint }: SettingProblem): string {
  return `${name}${value === "" ? "" : ` = ${value}`} ${problem}. Hint: ${hint}`;
}
