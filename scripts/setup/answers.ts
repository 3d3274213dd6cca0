/** What a person may answer for a setting, and what is written for it. */
import {
  formatProblem,
  parseSettings,
  selfContacts,
  SETTING_NAMES,
} from "../../src/platform/settings/parse-settings.ts";
import type { Settings } from "../../src/core/settings.ts";
import { editDistance } from "../lib/edit-distance.ts";
import { isPlaceholder } from "../lib/read-settings.ts";
import type { TomlValue } from "./render-toml.ts";
import { DEAD_MAN_URL, secretProblem, SECRETS, type SecretRule } from "./secrets.ts";

/** The Worker's name is no variable. */
export const WORKER_NAME = "name";

export type Answer =
  /** Undefined takes the setting back, so that its default counts. */
  | { readonly kind: "value"; readonly value: TomlValue | undefined }
  /** A secret is to be made. */
  | { readonly kind: "make" }
  /** One text, with the remedy. */
  | { readonly kind: "wrong"; readonly text: string };

/** What is valid with any one setting, so that all that is wrong is about that one. Nobody has these addresses. */
const VALID = {
  SERVER_NAME: "checker",
  ALERT_CONTACT: "owner@setup.invalid",
  MAIL_FROM: "checker@setup.invalid",
};

/**
 * @param name a setting, a secret or `name`
 * @param text as typed; "-" stands for none where there may be none
 */
export function readAnswer(name: string, text: string): Answer {
  const typed = text.trim();
  const rule = SECRETS.get(name);
  if (rule !== undefined) return readSecret(name, rule, typed);
  switch (name) {
    case WORKER_NAME:
      return readWorkerName(typed);
    case DEAD_MAN_URL:
      return wrong(`${name} is a secret, which setup does not keep. Hint: npx wrangler secret put ${name}`);
    case "SERVER_NAME":
      return fromSettings(name, typed, ({ serverName }) => serverName);
    case "ALERT_CONTACT":
      return fromSettings(name, typed, ({ alertContacts }) => {
        const [only, ...others] = alertContacts;
        return only !== undefined && others.length === 0 ? only : alertContacts;
      });
    case "MAIL_FROM":
      return fromSettings(name, typed, ({ mailFrom }) => mailFrom);
    case "MAIL_LOOPBACK_TO":
      if (typed === "-" || typed === "") return { kind: "value", value: undefined };
      return fromSettings(name, typed, ({ mailLoopbackTo }) => mailLoopbackTo);
    case "PLAN":
      return fromSettings(name, typed.toLowerCase(), ({ plan }) => plan);
    case "PEERS":
      return readPeers(typed);
    default:
      return readOther(name, typed);
  }
}

function fromSettings(name: string, value: unknown, take: (settings: Settings) => TomlValue): Answer {
  const parsed = parseSettings({ ...VALID, [name]: value });
  if (!parsed.ok) return wrong(parsed.problems.map(formatProblem).join("\n"));
  const taken = take(parsed.settings);
  const example = addressesOf(taken).find(isPlaceholder);
  if (example === undefined) return { kind: "value", value: taken };
  return wrong(`${name}: ${example} is an address of an example and reaches nobody. Hint: write your own`);
}

/** What is wrong with a value as it stands, an example or not; null for nothing. */
export function problemOf(name: string, value: unknown): string | null {
  if (SETTING_NAMES.includes(name)) {
    const parsed = parseSettings({ ...VALID, [name]: value });
    return parsed.ok ? null : parsed.problems.map(formatProblem).join("\n");
  }
  const rule = SECRETS.get(name);
  if (rule !== undefined) {
    // One that was made by hand may hold what setup does not write.
    return typeof value === "string" && value.trim().length >= rule.shortest
      ? null
      : secretProblem(name, rule, "x");
  }
  const answer = readAnswer(name, typeof value === "string" ? value : JSON.stringify(value));
  return answer.kind === "wrong" ? answer.text : null;
}

/**
 * What is wrong with a setting only because of another one: people whose address is Checker's own.
 *
 * @param vars all settings
 */
export function conflictsOf(name: string, vars: Readonly<Record<string, unknown>>): readonly string[] {
  return selfContacts(vars)
    .filter((problem) => problem.name.startsWith(`${name}[`) || name === "MAIL_FROM")
    .map(formatProblem);
}

/** The mail addresses of a setting. */
export function addressesOf(value: unknown): readonly string[] {
  if (typeof value === "string") return value.includes("@") ? [value] : [];
  if (Array.isArray(value)) return value.flatMap(addressesOf);
  if (typeof value !== "object" || value === null) return [];
  return "admin" in value ? addressesOf(value.admin) : [];
}

const PEERS_HINT = "Hint: https://checker.example.org/status admin@example.org, and a comma before the next";

function readPeers(typed: string): Answer {
  const parts = typed === "-" ? [] : typed.split(/[\s,]+/).filter((part) => part !== "");
  if (!typed.startsWith("[") && parts.length % 2 !== 0) {
    return wrong(`PEERS is not a list of pairs, an address and an admin's mail address each. ${PEERS_HINT}`);
  }
  const pairs = parts.flatMap((url, index) =>
    index % 2 === 0 ? [{ url, admin: parts[index + 1] ?? "" }] : [],
  );
  return fromSettings("PEERS", typed.startsWith("[") ? typed : pairs, ({ peers }) =>
    peers.map(({ url, admin }) => ({ url, admin })),
  );
}

/** It is part of the host name under workers.dev. */
function readWorkerName(typed: string): Answer {
  if (/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/.test(typed)) return { kind: "value", value: typed };
  const shown = JSON.stringify(typed.slice(0, 80));
  return wrong(
    `name = ${shown} is no name of a Worker. Hint: small letters, digits and dashes, up to 63: "checker-eu"`,
  );
}

function readSecret(name: string, rule: SecretRule, typed: string): Answer {
  if (typed === "" || typed === "new") return { kind: "make" };
  if (typed === "-") return { kind: "value", value: undefined };
  const problem = secretProblem(name, rule, typed);
  return problem === null ? { kind: "value", value: typed } : wrong(problem);
}

/** A setting that is not asked for. */
function readOther(name: string, typed: string): Answer {
  if (!SETTING_NAMES.includes(name)) return wrong(unknownText(name));
  const forms = [literal(typed), typed];
  const own = (form: unknown) => {
    const parsed = parseSettings({ ...VALID, [name]: form });
    // That another setting belongs to it is told when all are read.
    return parsed.ok ? [] : parsed.problems.filter((problem) => problem.name.startsWith(name));
  };
  const fits = forms.find((form) => own(form).length === 0);
  if (fits !== undefined) return { kind: "value", value: fits };
  return wrong(own(typed).map(formatProblem).join("\n"));
}

/** `12`, `true` and `["a"]` as what they say, and all else as text. */
function literal(typed: string): TomlValue {
  if (/^\d{1,15}$/.test(typed)) return Number(typed);
  if (typed === "true" || typed === "false") return typed === "true";
  if (!typed.startsWith("[")) return typed;
  try {
    return JSON.parse(typed) as TomlValue;
  } catch {
    return typed;
  }
}

function unknownText(name: string): string {
  const names = [WORKER_NAME, ...SETTING_NAMES, ...SECRETS.keys()];
  const meant = names.find((known) => editDistance(name.toUpperCase(), known.toUpperCase()) <= 2);
  const hint = meant === undefined ? `there are ${names.join(", ")}` : `did you mean ${meant}?`;
  return `${name} is not a setting of Checker. Hint: ${hint}`;
}

function wrong(text: string): Answer {
  return { kind: "wrong", text };
}
