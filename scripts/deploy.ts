import { spawnSync } from "node:child_process";
import { checkProject } from "./lib/check-project.ts";
import { projectRoot } from "./lib/project.ts";

/** `npm run deploy`: checks, deploys (the first time this creates the database), applies migrations. */
const { problems, warnings } = await checkProject(projectRoot, { deployed: true });
const fatal = [...problems, ...warnings];
for (const problem of fatal) console.error(`problem: ${problem}`);
if (fatal.length > 0) {
  console.error("Nothing was deployed. Mend what is named above, and try again.");
  process.exit(1);
}
for (const args of [["deploy"], ["d1", "migrations", "apply", "DB", "--remote"]]) {
  const { status, error } = spawnSync("wrangler", args, { cwd: projectRoot, stdio: "inherit" });
  if (error !== undefined) console.error(`wrangler could not be started: ${error.message}`);
  if (status !== 0) process.exit(status ?? 1);
}
