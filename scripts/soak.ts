/** `npm run soak`: real crashes. Its parts are in scripts/soak/. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { failUsage } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";
import { requireFreePort } from "./local/port.ts";
import { StartFailure } from "./local/start-failure.ts";
import { openStateFolder } from "./local/state-folder.ts";
import { soak } from "./soak/run.ts";

const HELP = `npm run soak -- --minutes N

Runs the local instance with servers that go up and down and a mail service that refuses or loses its answer,
fires its minutes as fast as they go, kills the runtime with SIGKILL at random moments, and starts it again.
In the end what was true is compared with what the mail files and the database say.

  --minutes N   how long, in real minutes, 0.2 to 120; default 1
  --seed N      what happens when; a new one each time unless given
  --port N      where the instance listens; any free one unless given
  --keep        leave the database and the mail where they are, and say where
  --help        show this

Exit status: 0 nothing was lost and nothing invented, 1 something was, nothing was owed, or it could not run,
2 wrong use.`;

const options = readOptions();
if (options === null) console.log(HELP);
else process.exit(await run(options));

interface Options {
  readonly minutes: number;
  readonly seed: number;
  /** Null for any that is free. */
  readonly port: number | null;
  readonly keep: boolean;
}

async function run(wanted: Options): Promise<number> {
  try {
    return await runOn(wanted.port ?? (await freePort()), wanted);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    console.error(error.message);
    return 1;
  }
}

/** Below the range from which systems give ports to connections. */
async function freePort(attempts = 20): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  try {
    await requireFreePort(port);
    return port;
  } catch (error) {
    if (attempts === 0) throw error;
    return freePort(attempts - 1);
  }
}

async function runOn(port: number, { minutes, seed, keep }: Options): Promise<number> {
  console.log(`soak of ${minutes} min, seed ${seed}`);
  await requireFreePort(port);
  const folder = await openStateFolder(mkdtempSync(join(tmpdir(), "checker-soak-")));
  try {
    const result = await soak({ minutes, seed, port, root: projectRoot }, folder, (text) =>
      console.log(text),
    );
    for (const text of [...result.lost, ...result.invented]) console.error(text);
    console.log(
      [
        `ticks ${result.fired} fired, ${result.committed} committed`,
        `kills ${result.kills}`,
        `outages ${result.outages}`,
        `alerts owed ${result.owed}`,
        `delivered ${result.delivered}`,
        `duplicates ${result.duplicates}`,
        `invented ${result.invented.length}`,
        `lost ${result.lost.length}`,
      ].join(", "),
    );
    if (keep) console.log(`kept in ${folder.path}`);
    if (result.owed === 0)
      console.error("No alert was owed, so this proves nothing: give it more --minutes.");
    return result.lost.length + result.invented.length > 0 || result.owed === 0 ? 1 : 0;
  } finally {
    folder.release();
    if (!keep) await rm(folder.path, { recursive: true, force: true });
  }
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        minutes: { type: "string", default: "1" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        port: { type: "string" },
        keep: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return null;
    return {
      minutes: numberIn("minutes", values.minutes, 0.2, 120),
      seed: numberIn("seed", values.seed, 0, 4_294_967_295),
      port: values.port === undefined ? null : numberIn("port", values.port, 1, 65_535),
      keep: values.keep,
    };
  } catch (error) {
    return failUsage(error, "npm run soak -- --help");
  }
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= least && value <= most) return value;
  throw new Error(`--${name} is ${JSON.stringify(text)}; give a number from ${least} to ${most}`);
}
