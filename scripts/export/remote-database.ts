import { spawn } from "node:child_process";
import { errorLine } from "../lib/deploy.ts";
import { asRecord, asRecords } from "../lib/read-config.ts";
import { ExportFailure, type Database } from "./database.ts";
import type { Row } from "./lines.ts";

/** A network that swallows everything must not hold it up. */
const ANSWER_LIMIT_MS = 120_000;
/** Characters. A page has about a million; one of damaged records up to 25. */
const MAX_ANSWER_LENGTH = 32_000_000;

/** The deployed Worker's database, by one wrangler command a statement. */
export function remoteDatabase(root: string): Database {
  return {
    name: "the deployed Worker's database",
    // A command takes a second or two, so pages are larger than those of a file.
    pageLength: 1_000_000,
    query: async (sql) => rowsOf(await run(root, sql)),
    close: () => undefined,
  };
}

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(root: string, sql: string): Promise<Ended> {
  const oneLine = sql.replaceAll(/\s+/g, " ");
  const args = ["d1", "execute", "DB", "--remote", "--json", "--command", oneLine];
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new ExportFailure(`wrangler d1 execute ${why}.`));
    // Where it cannot read from a terminal it asks nothing.
    const child = spawn("wrangler", args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail(`gave no answer for ${ANSWER_LIMIT_MS / 1000} s`);
    }, ANSWER_LIMIT_MS);
    const said = { out: "", err: "" };
    for (const [name, stream] of [
      ["out", child.stdout],
      ["err", child.stderr],
    ] as const) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        said[name] += part;
        if (said.out.length + said.err.length < MAX_ANSWER_LENGTH) return;
        child.kill("SIGKILL");
        fail("gave more than it was asked for");
      });
    }
    child.on("error", (error) => {
      clearTimeout(timer);
      fail(`could not be run: ${error.message}`);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ code: code ?? 1, ...said });
    });
  });
}

/** @throws ExportFailure with what wrangler says where it is no answer */
export function rowsOf({ code, out, err }: Ended): readonly Row[] {
  const answer = parse(out);
  const [first] = Array.isArray(answer) ? answer.map(asRecord) : [];
  if (code === 0 && first?.["success"] === true && Array.isArray(first["results"])) {
    return asRecords(first["results"]);
  }
  const { text, notes } = asRecord(asRecord(answer)["error"]);
  const said = [text, ...asRecords(notes).map((note) => note["text"])].filter(
    (one) => typeof one === "string",
  );
  if (said.length > 0) throw new ExportFailure(`wrangler d1 execute: ${said.join(" ")}`);
  const why = code === 0 ? "its answer is none that is known" : errorLine(err, code);
  throw new ExportFailure(`wrangler d1 execute: ${why}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
