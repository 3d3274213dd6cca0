/** What `npm run setup` does, in front of a person or of a pipe. */
import { randomBytes } from "node:crypto";
import { asRecord } from "../lib/read-config.ts";
import { readSettings } from "../lib/read-settings.ts";
import type { Paint } from "../local/lines.ts";
import { ADMIN_TOKEN, problemOf, readAnswer, WORKER_NAME } from "./answers.ts";
import type { Edit } from "./edit-toml.ts";
import type { LineReader } from "./line-reader.ts";
import type { NamedText } from "./options.ts";
import { readPresent, rememberAnswered, writeConfig, writeToken } from "./project-files.ts";
import {
  isExample,
  isOpen,
  presentValue,
  QUESTIONS,
  shownValue,
  type Present,
  type Question,
} from "./questions.ts";
import { renderToml, type TomlValue } from "./render-toml.ts";
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
    const answer = await lines.ask(`  [${shownDefault(name, value)}] `, name === ADMIN_TOKEN);
    if (typeof answer === "string") return answer;
    if (answer.line.trim() === "" && mayKeep(question, value)) {
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
  if (value === undefined && name === ADMIN_TOKEN) return "make one";
  return shownValue(name, value);
}

function mayKeep({ name, isNeeded }: Question, value: unknown): boolean {
  if (value !== undefined) return problemOf(name, value) === null;
  return !isNeeded && name !== "PLAN" && name !== ADMIN_TOKEN;
}

interface Applied {
  /** What is wrong. Nothing was set then. */
  readonly problems: readonly string[];
  /** Lines that say what was written where. */
  readonly places: readonly string[];
}

/** Sets all of it, or nothing where anything is wrong. */
async function apply(root: string, values: readonly NamedText[], { token: own }: Present): Promise<Applied> {
  const read = values.map(({ name, text }) => ({ name, answer: readAnswer(name, text) }));
  const problems = read.flatMap(({ answer }) => (answer.kind === "wrong" ? answer.text.split("\n") : []));
  if (problems.length > 0) return { problems, places: [] };
  const edits: Edit[] = [];
  let token: string | null = null;
  for (const { name, answer } of read) {
    if (answer.kind === "make") token = randomBytes(32).toString("hex");
    else if (answer.kind === "value" && name !== ADMIN_TOKEN) edits.push(editOf(name, answer.value));
    else if (answer.kind === "value" && typeof answer.value === "string") token = answer.value;
    else if (own !== undefined) {
      return { problems: ["ADMIN_TOKEN stands in .dev.vars. Hint: remove it there"], places: [] };
    }
  }
  await writeConfig(root, edits);
  if (token !== null) await writeToken(root, token);
  const places = [
    ...edits.map(({ name, value }) =>
      value === undefined ? `${name} is none.` : `${name} = ${renderToml(value)}`,
    ),
    ...(token === null ? [] : [`${ADMIN_TOKEN} is kept in .dev.vars.`]),
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

const EXPOSED =
  "wrangler.toml [vars]: ADMIN_TOKEN is a secret, and this file is none. Hint: remove it, and npm run setup makes another";

/** `--print-steps`. @throws SetupFailure */
export async function tellSteps(root: string, { paint, print }: Terminal): Promise<void> {
  const { config, token } = await readPresent(root);
  const { settings, problems, warnings } = await readSettings(root, { deployed: true });
  const { [WORKER_NAME]: workerName } = config;
  const isExposed = asRecord(config["vars"])[ADMIN_TOKEN] !== undefined;
  const steps = remainingSteps({
    settings,
    faults: [...problems, ...warnings, ...(isExposed ? [EXPOSED] : [])],
    workerName: typeof workerName === "string" ? workerName : "checker",
    hasToken: token !== undefined,
    isLoggedIn: (process.env["CLOUDFLARE_API_TOKEN"] ?? "") !== "",
  });
  print("What remains, as far as this machine can know:");
  print(formatSteps(steps, paint));
}
