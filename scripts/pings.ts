/** `npm run pings`: the addresses of heartbeats, which follow from PING_SECRET and from their names. */
import { pingAddress } from "../src/platform/pings/ping-key.ts";
import { pingProblem, pingSecrets } from "../src/platform/settings/secrets.ts";
import { checkProject } from "./lib/check-project.ts";
import { endWith, failUsage, parseOptions, refuseTakenByNpm } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";
import { readSettings } from "./lib/read-settings.ts";

const HELP = `npm run pings

Prints the address of every heartbeat in jobs/: whoever has one can ping that heartbeat, and nothing else.
They are made from PING_SECRET, as the environment or else .dev.vars has it. It must be the one that the
Worker has: npx wrangler secret put PING_SECRET.

  --url ADDRESS   where this Checker is, such as https://checker.example.com
  --help          show this

Exit status: 0 they are printed, 1 there is no PING_SECRET or a file in jobs/ is wrong, 2 wrong use.`;

const OPTIONS = { url: { type: "string" }, help: { type: "boolean" } } as const;
/** For whoever reads it: in this form it is no address. */
const SOMEWHERE = "https://YOUR-CHECKER";

const options = readOptions();
if (options === null) console.log(HELP);
else endWith(await run(options));

function readOptions(): { readonly origin: string | null } | null {
  refuseTakenByNpm("pings", Object.keys(OPTIONS));
  try {
    const { help, url } = parseOptions(process.argv.slice(2), OPTIONS);
    return help === true ? null : { origin: url === undefined ? null : originOf(url) };
  } catch (error) {
    return failUsage(error, "npm run pings -- --help");
  }
}

/** @throws Error that names value and remedy */
function originOf(text: string): string {
  const url = URL.parse(text);
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.origin;
  throw new Error(`${JSON.stringify(text)} is not an address; write it like https://checker.example.com`);
}

async function run({ origin }: { readonly origin: string | null }): Promise<number> {
  const { vars } = await readSettings(projectRoot);
  const env = { ...vars, ...(process.env["PING_SECRET"] && { PING_SECRET: process.env["PING_SECRET"] }) };
  const [secret] = pingSecrets(env);
  if (secret === undefined) {
    console.error(`problem: ${pingProblem(env) ?? ""}`);
    return 1;
  }
  const { jobs, faults, broken } = await checkProject(projectRoot);
  for (const { name, jobKey, isPassive } of jobs) {
    if (isPassive) console.log(`${name}\n  ${await pingAddress(origin ?? SOMEWHERE, secret, jobKey)}`);
  }
  if (!jobs.some((job) => job.isPassive)) console.log("There are no heartbeats in jobs/.");
  else if (origin === null)
    console.log(`note: npm run pings -- --url ADDRESS puts yours in the place of ${SOMEWHERE}`);
  for (const { name } of [...broken, ...faults]) {
    console.error(
      `problem: jobs/${name} is wrong, and its heartbeats may be missing here: npm run check tells why`,
    );
  }
  return broken.length + faults.length === 0 ? 0 : 1;
}
