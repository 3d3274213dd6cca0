import { parseOptions } from "../lib/cli.ts";

export const HELP = `npm run setup [-- --all | --set NAME=value … | --print-steps]

Asks what Checker must know to be deployed, checks each answer at once and writes it into wrangler.toml, where
nothing else changes; then tells the steps that remain. It may be left at any time (Ctrl-C): what was answered is
kept, and the next run asks what is still missing or an example.

  --all             ask everything again; Enter keeps what is set
  --set NAME=value  set without asking, as often as you like: a setting, the Worker's name (name=checker-eu), or
                    ADMIN_TOKEN or PING_SECRET, which go to .dev.vars (ADMIN_TOKEN=new makes one); "-" takes
                    back MAIL_LOOPBACK_TO and PEERS
  --print-steps     only tell the steps that remain
  --help            show this

Lists are written ALERT_CONTACT=me@mine.net,you@mine.net and PEERS="https://…/status admin@…", or as JSON. Answers are
read from standard input line by line where that is no terminal.

Exit status: 0 done, 1 questions are left or something could not be read, written or accepted, 2 wrong use,
130 left with Ctrl-C.`;

export const OPTIONS = {
  all: { type: "boolean", default: false },
  set: { type: "string", multiple: true },
  "print-steps": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

export type SetupOptions =
  | { readonly kind: "help" }
  | { readonly kind: "steps" }
  | { readonly kind: "ask"; readonly all: boolean }
  | { readonly kind: "set"; readonly values: readonly NamedText[] };

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/**
 * @param args what follows the script's name
 * @throws Error that says what is wrong
 */
export function parseSetupOptions(args: readonly string[]): SetupOptions {
  const { help, all, set = [], "print-steps": steps } = parseOptions(args, OPTIONS);
  if (help) return { kind: "help" };
  const given = [
    ...(all ? ["--all"] : []),
    ...(set.length > 0 ? ["--set"] : []),
    ...(steps ? ["--print-steps"] : []),
  ];
  if (given.length > 1) throw new Error(`${given.join(" and ")} do not go together; give one of them`);
  if (steps) return { kind: "steps" };
  return set.length === 0 ? { kind: "ask", all } : { kind: "set", values: set.map(namedText) };
}

function namedText(pair: string): NamedText {
  const [, name, text] = /^\s*(\w+)\s*=([^]*)$/.exec(pair) ?? [];
  // What stands there may be a secret.
  if (name === undefined || text === undefined)
    throw new Error("--set takes NAME=value, such as --set PLAN=paid");
  return { name, text };
}
