/** What `npm run setup` does, in front of a person or of a pipe. */
import { randomBytes } from "node:crypto";
import { asRecord } from "../lib/read-config.ts";
import { readSettings } from "../lib/read-settings.ts";
import type { Paint } from "../local/lines.ts";
import { conflictsOf, readAnswer, WORKER_NAME } from "./answers.ts";
import type { Edit } from "./edit-toml.ts";
import type { LineReader } from "./line-reader.ts";
import type { NamedText } from "./options.ts";
import { readPresent, rememberAnswered, writeConfig, writeSecrets } from "./project-files.ts";
import {
  isExample,
  isOpen,
  isValid,
  presentValue,
  QUESTIONS,
  shownValue,
  type Present,
  type Question,
} from "./questions.ts";
import { renderToml, type TomlValue } from "./render-toml.ts";
import { ADMIN_TOKEN, DEAD_MAN_URL, PING_SECRET, SECRETS } from "./secrets.ts";
import { formatSteps, remainingSteps } from "./steps.ts";

export interface Terminal {
  readonly paint: Paint;
  readonly print: (text: string) => void;
  /** Prints what is wrong. */
  readonly complain: (text: string) => void;
}

const LEFT = 1;
const INTERRUPTED = 130;

/**
 * @returns the exit code
 * @throws SetupFailure
 */
export async function ask(
  root: string,
  all: boolean,
  lines: LineReader,
  terminal: Terminal,
): Promise<number> {
  const { paint, print } = terminal;
  const before = await readPresent(root);
  const asked = all ? QUESTIONS : QUESTIONS.filter((question) => isOpen(question, before));
  const settled = QUESTIONS.filter((question) => !asked.includes(question));
  for (const question of settled) {
    print(`${question.name.padEnd(16)}  ${shownValue(question.name, presentValue(question, before))}`);
  }
  if (settled.length > 0) print("");
  if (asked.length === 0) print("Nothing is missing. npm run setup -- --all asks everything again.");
  else print(paint("dim", "Enter keeps what stands in brackets. Each answer is written at once."));
  const answered = new Set(before.answered);
  for (const question of asked) {
    const ended = await askOne(root, question, lines, terminal);
    if (ended !== null) {
      print("What was answered is kept. npm run setup goes on from there.");
      return ended === "interrupted" ? INTERRUPTED : LEFT;
    }
    answered.add(question.name);
    await rememberAnswered(root, answered);
  }
  print("");
  await tellSteps(root, terminal);
  return 0;
}

/** @returns null once it is answered, or why it is not */
async function askOne(root: string, question: Question, lines: LineReader, terminal: Terminal) {
  const { paint, print, complain } = terminal;
  const { name } = question;
  const present = await readPresent(root);
  const value = presentValue(question, present);
  print("");
  print(paint("bold", name));
  for (const line of question.help) print(`  ${line}`);
  for (;;) {
    const answer = await lines.ask(`  [${shownDefault(name, value)}] `, SECRETS.has(name));
    if (typeof answer === "string") return answer;
    if (answer.line.trim() === "" && mayKeep(question, value, present)) {
      if (isExample(value)) {
        print(
          `  ${paint("yellow", "Still an example, which reaches nobody: good for npm start, but a deploy refuses it.")}`,
        );
      }
      return null;
    }
    const read = answer.line.trim() === "" && value === undefined && name === "PLAN" ? "free" : answer.line;
    const { problems, places } = await apply(root, [{ name, text: read }], present);
    for (const place of places) print(`  ${place}`);
    if (problems.length === 0) return null;
    for (const text of problems) complain(`  ${text}`);
  }
}

/** What Enter stands for. */
function shownDefault(name: string, value: unknown): string {
  if (value === undefined && name === "PLAN") return "free";
  if (value === undefined && SECRETS.has(name)) return "make one";
  return shownValue(name, value);
}

function mayKeep(question: Question, value: unknown, present: Present): boolean {
  const { name, isNeeded } = question;
  if (value !== undefined) return isValid(question, value, present);
  return !isNeeded && name !== "PLAN" && !SECRETS.has(name);
}

interface Applied {
  /** What is wrong. Nothing was set then. */
  readonly problems: readonly string[];
  /** Lines that say what was written where. */
  readonly places: readonly string[];
}

/** Sets all of it, or nothing where anything is wrong. */
async function apply(
  root: string,
  values: readonly NamedText[],
  { secrets: own, config }: Present,
): Promise<Applied> {
  const read = values.map(({ name, text }) => ({ name, answer: readAnswer(name, text) }));
  const problems = read.flatMap(({ answer }) => (answer.kind === "wrong" ? answer.text.split("\n") : []));
  if (problems.length > 0) return { problems, places: [] };
  const edits: Edit[] = [];
  const secrets = new Map<string, string>();
  for (const { name, answer } of read) {
    if (answer.kind === "make") secrets.set(name, randomBytes(32).toString("hex"));
    else if (answer.kind === "value" && !SECRETS.has(name)) edits.push(editOf(name, answer.value));
    else if (answer.kind === "value" && typeof answer.value === "string") secrets.set(name, answer.value);
    else if (own[name] !== undefined) {
      return { problems: [`${name} stands in .dev.vars. Hint: remove it there`], places: [] };
    }
  }
  const vars = {
    ...asRecord(config["vars"]),
    ...Object.fromEntries(edits.map((edit) => [edit.name, edit.value])),
  };
  const conflicts = new Set(edits.flatMap(({ name }) => conflictsOf(name, vars)));
  if (conflicts.size > 0) return { problems: [...conflicts], places: [] };
  // Secrets first: that a line of .dev.vars cannot be edited is likelier than that wrangler.toml cannot.
  await writeSecrets(root, secrets);
  await writeConfig(root, edits);
  const places = [
    ...edits.map(({ name, value }) =>
      value === undefined ? `${name} is none.` : `${name} = ${renderToml(value)}`,
    ),
    ...[...secrets.keys()].map((name) => `${name} is kept in .dev.vars.`),
  ];
  return { problems, places };
}

function editOf(name: string, value: TomlValue | undefined): Edit {
  return { table: name === WORKER_NAME ? null : "vars", name, value };
}

/** `--set`. @throws SetupFailure */
export async function setAll(
  root: string,
  values: readonly NamedText[],
  terminal: Terminal,
): Promise<number> {
  const present = await readPresent(root);
  const { problems, places } = await apply(root, values, present);
  if (problems.length > 0) {
    for (const text of problems) terminal.complain(`problem: ${text}`);
    terminal.complain("Nothing was set.");
    return LEFT;
  }
  for (const place of places) terminal.print(place);
  terminal.print("");
  await rememberAnswered(root, new Set([...present.answered, ...values.map(({ name }) => name)]));
  await tellSteps(root, terminal);
  return 0;
}

/** Of secrets that stand where everybody reads them. */
function exposed(vars: Readonly<Record<string, unknown>>): readonly string[] {
  return [...SECRETS.keys(), DEAD_MAN_URL].flatMap((name) => {
    const remedy = name === DEAD_MAN_URL ? `npx wrangler secret put ${name}` : "npm run setup makes another";
    const told = `wrangler.toml [vars]: ${name} is a secret, and this file is none. Hint: remove it, and ${remedy}`;
    return vars[name] === undefined ? [] : [told];
  });
}

/** `--print-steps`. @throws SetupFailure */
export async function tellSteps(root: string, { paint, print }: Terminal): Promise<void> {
  const { config, secrets } = await readPresent(root);
  const { settings, problems, warnings } = await readSettings(root, { deployed: true });
  const { [WORKER_NAME]: workerName } = config;
  const steps = remainingSteps({
    settings,
    faults: [...problems, ...warnings, ...exposed(asRecord(config["vars"]))],
    workerName: typeof workerName === "string" ? workerName : "checker",
    hasToken: secrets[ADMIN_TOKEN] !== undefined,
    hasPingSecret: secrets[PING_SECRET] !== undefined,
    isLoggedIn: (process.env["CLOUDFLARE_API_TOKEN"] ?? "") !== "",
  });
  print("What remains, as far as this machine can know:");
  print(formatSteps(steps, paint));
}
