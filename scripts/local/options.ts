import { parseArgs } from "node:util";

/** What a person asked of `npm start`. */
export interface StartOptions {
  /** TCP port on this machine, 1 to 65535. */
  readonly port: number;
  /** Folder as given, relative to the project's. */
  readonly state: string;
}

export type ParsedOptions =
  | { readonly kind: "start"; readonly options: StartOptions }
  | { readonly kind: "help" }
  | { readonly kind: "error"; readonly text: string };

export const DEFAULT_PORT = 8787;
export const DEFAULT_STATE = ".checker";

const VALUE_NAMES = { port: "N", state: "DIR" } as const;

export const HELP = `Runs Checker on this machine: its Worker, a clock, and a post office. Ctrl-C stops it.

  npm start                      http://localhost:${DEFAULT_PORT}, state in ${DEFAULT_STATE}/
  npm start -- --port 9000       another port
  npm start -- --state DIR       another folder for the database and the mail
  npm start -- --help            this text

Nothing leaves this machine but the checks themselves: mail is kept as .eml files in DIR/mail/.
Settings are read from wrangler.toml and, where they stand there, from .dev.vars.
Exit codes: 0 stopped by you, 1 could not start or stay up, 2 an option is wrong.`;

/**
 * Reads the command line of `npm start`.
 *
 * @param args what follows the script's name
 * @param takenByNpm options that npm kept for itself, because the `--` before them was left out
 */
export function parseStartOptions(
  args: readonly string[],
  takenByNpm: { readonly port?: string | undefined; readonly state?: string | undefined } = {},
): ParsedOptions {
  for (const name of ["port", "state"] as const) {
    const value = takenByNpm[name];
    if (value === undefined) continue;
    // Without "=" npm keeps the name only, and passes on the value as if it stood alone.
    const option = `--${name} ${value === "true" || value === "" ? VALUE_NAMES[name] : value}`;
    return error(`npm kept ${option} for itself; put -- before it: npm start -- ${option}`);
  }
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: "string", default: String(DEFAULT_PORT) },
        state: { type: "string", default: DEFAULT_STATE },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : 0;
    if (port < 1 || port > 65_535) {
      return error(`port "${values.port}" is not a number from 1 to 65535; try npm start -- --port 9000`);
    }
    if (values.state.trim() === "") {
      return error(`state "${values.state}" is not a folder; try npm start -- --state ${DEFAULT_STATE}`);
    }
    return { kind: "start", options: { port, state: values.state } };
  } catch (thrown) {
    // parseArgs says what is wrong in its first sentence; what follows is advice for other programs.
    const text = thrown instanceof Error ? (thrown.message.split(/\. |\n/)[0] ?? "") : "unreadable options";
    return error(`${text.replace(/\.$/, "")}; npm start -- --help lists what there is`);
  }
}

function error(text: string): ParsedOptions {
  return { kind: "error", text };
}
