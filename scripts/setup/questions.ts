/** What is asked, in which order, and when. */
import { asRecord, type Config } from "../lib/read-config.ts";
import { isPlaceholder } from "../lib/read-settings.ts";
import { addressesOf, conflictsOf, problemOf, WORKER_NAME } from "./answers.ts";
import { ADMIN_TOKEN, PING_SECRET, SECRETS } from "./secrets.ts";

export interface Question {
  readonly name: string;
  /** Whether Checker cannot do without. */
  readonly isNeeded: boolean;
  /** Lines for a person. */
  readonly help: readonly string[];
  /** What ships, or what counts where nothing is written. */
  readonly usual: unknown;
}

export const QUESTIONS: readonly Question[] = [
  {
    name: "SERVER_NAME",
    isNeeded: true,
    help: ["A short name for this instance. It stands in brackets before every subject."],
    usual: "checker",
  },
  {
    name: "ALERT_CONTACT",
    isNeeded: true,
    help: ["Who is told when something breaks: a mail address, or several with commas between them."],
    usual: undefined,
  },
  {
    name: "MAIL_FROM",
    isNeeded: true,
    help: ["The address that Checker sends from, of a domain in your Cloudflare account, such as checker@…"],
    usual: undefined,
  },
  {
    name: "MAIL_LOOPBACK_TO",
    isNeeded: false,
    help: [
      "Every hour Checker mails itself. Without Email Sending (Workers Paid) that must go through a mailbox",
      "of yours which forwards to MAIL_FROM: its address, or - for none.",
    ],
    usual: undefined,
  },
  {
    name: "PLAN",
    isNeeded: false,
    help: ["Your account's Workers plan, free or paid."],
    usual: undefined,
  },
  {
    name: "PEERS",
    isNeeded: false,
    help: [
      "Other Checkers to watch: the address of each one's /status and its admin's mail address, or - for none:",
      "https://checker.example.org/status admin@example.org, https://…",
    ],
    usual: [],
  },
  {
    name: ADMIN_TOKEN,
    isNeeded: false,
    help: [
      "Signs you in to the page, to see all and to act. A secret: it is kept in .dev.vars for npm start, and never in",
      "wrangler.toml. Enter makes one, - leaves the owner's part shut.",
    ],
    usual: undefined,
  },
  {
    name: PING_SECRET,
    isNeeded: false,
    help: [
      "The addresses that your cron jobs ping follow from it (docs/guides/heartbeats.md). Kept in .dev.vars as well.",
      "Enter makes one, - does without heartbeats.",
    ],
    usual: undefined,
  },
  {
    name: WORKER_NAME,
    isNeeded: true,
    help: ["The Worker's name at Cloudflare, part of its address."],
    usual: "checker",
  },
];

/** What is known before anything is asked. */
export interface Present {
  readonly config: Config;
  /** Of .dev.vars, by name. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Names of questions that were answered before, in whatever way. */
  readonly answered: ReadonlySet<string>;
}

export function presentValue({ name }: Pick<Question, "name">, { config, secrets }: Present): unknown {
  if (SECRETS.has(name)) return secrets[name];
  return name === WORKER_NAME ? config[WORKER_NAME] : asRecord(config["vars"])[name];
}

/** One that is still to be answered: what it has is missing, wrong or an example, or may be by nobody's choice. */
export function isOpen(question: Question, present: Present): boolean {
  const value = presentValue(question, present);
  if (isExample(value)) return true;
  if (value === undefined && question.isNeeded) return true;
  if (value !== undefined && !isValid(question, value, present)) return true;
  const isUsual = JSON.stringify(value) === JSON.stringify(question.usual);
  return isUsual && !present.answered.has(question.name);
}

/** On its own, and beside the other settings. Who is mailed is asked again where that is Checker itself, not who sends. */
export function isValid({ name }: Question, value: unknown, { config }: Present): boolean {
  if (problemOf(name, value) !== null) return false;
  return name === "MAIL_FROM" || conflictsOf(name, asRecord(config["vars"])).length === 0;
}

/** Whether somebody is addressed there whom no mail reaches. */
export function isExample(value: unknown): boolean {
  return addressesOf(value).some(isPlaceholder);
}

/** As it could be typed, on one line. Never a secret. */
export function shownValue(name: string, value: unknown): string {
  if (value === undefined) return "none";
  if (SECRETS.has(name)) return "kept in .dev.vars";
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return JSON.stringify(value);
  return value.length === 0 ? "none" : value.map(shownElement).join(", ");
}

function shownElement(value: unknown): string {
  const { url, admin } = asRecord(value);
  return typeof url === "string"
    ? `${url} ${String(admin)}`
    : typeof value === "string"
      ? value
      : JSON.stringify(value);
}
