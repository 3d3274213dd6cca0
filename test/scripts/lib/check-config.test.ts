import { describe, expect, test } from "vitest";
import { checkConfig } from "../../../scripts/lib/check-config.ts";
import { findings } from "../../../scripts/lib/findings.ts";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { readConfig } from "../../../scripts/lib/read-config.ts";
import { projectWith } from "../../support/fakes/project.ts";

const NOW_MS = Date.parse("2026-11-24T12:00:00Z");
const GOOD = `main = "src/index.ts"
build = { command = "node scripts/generate-jobs.ts", watch_dir = "jobs" }
compatibility_date = "2026-11-17"
compatibility_flags = ["global_fetch_strictly_public"]
`;
const BUILD = `Hint: build = { command = "node scripts/generate-jobs.ts", watch_dir = "jobs" }`;
const DATE = `Hint: compatibility_date = "2026-08-04", or a later day that has come`;

/** What is found in this wrangler.toml, in a project whose only source is src/index.ts and src/other.ts. */
async function check(toml: string) {
  const root = await projectWith({ "wrangler.toml": toml, "src/index.ts": "", "src/other.ts": "" });
  const config = await readConfig(root);
  if (typeof config === "string") throw new Error(config);
  return checkConfig(config, root, NOW_MS);
}

/** GOOD with the line of `key` replaced. */
function withLine(key: string, line: string): string {
  const changed = GOOD.replace(new RegExp(`^${key} = .*\n`, "m"), line === "" ? "" : `${line}\n`);
  if (changed === GOOD) throw new Error(`nothing was changed: ${key}`);
  return changed;
}

test("the wrangler.toml that ships is right", async () => {
  const config = await readConfig(projectRoot);
  if (typeof config === "string") throw new Error(config);
  const nowMs = Date.parse(String(config["compatibility_date"]));
  expect(await checkConfig(config, projectRoot, nowMs)).toEqual(findings({}));
});

test("sections of other environments are left alone", async () => {
  const other = `[env.staging]\nmain = "nowhere.ts"\ncompatibility_date = "1999-01-01"\ncompatibility_flags = []\n`;
  expect(await check(`${GOOD}${other}`)).toEqual(findings({}));
});

describe("main", () => {
  test.each([
    ["", "main is missing, so there is nothing to deploy."],
    [`main = "src/indx.ts"`, `main = "src/indx.ts" is no file of this project.`],
    [`main = "src"`, `main = "src" is no file of this project.`],
    [`main = 5`, `main = 5 is no file of this project.`],
  ])("is a problem when it is %j", async (line, text) => {
    expect(await check(withLine("main", line))).toEqual(
      findings({ problems: [`wrangler.toml: ${text} Hint: main = "src/index.ts"`] }),
    );
  });

  test("is a warning when it is another file of the project", async () => {
    expect(await check(withLine("main", `main = "src/other.ts"`))).toEqual(
      findings({
        warnings: [
          `wrangler.toml: main = "src/other.ts" is not Checker's own entry: nothing is checked unless it hands on all events. Hint: main = "src/index.ts"`,
        ],
      }),
    );
  });

  test("may be written in another way", async () => {
    expect(await check(withLine("main", `main = "./src/index.ts"`))).toEqual(findings({}));
  });
});

describe("the build command", () => {
  test.each([
    ["", "command is missing, so the files in jobs/ do not get into the Worker."],
    [
      `build = { watch_dir = "jobs" }`,
      "command is missing, so the files in jobs/ do not get into the Worker.",
    ],
    [`build = { command = "" }`, "command is missing, so the files in jobs/ do not get into the Worker."],
    [`build = { command = ["node"] }`, `command = ["node"] is not a text.`],
  ])("is a problem when it is %j", async (line, text) => {
    expect(await check(withLine("build", line))).toEqual(
      findings({ problems: [`wrangler.toml [build]: ${text} ${BUILD}`] }),
    );
  });

  test("is a warning when it does something else", async () => {
    expect(await check(withLine("build", `build = { command = "tsc" }`))).toEqual(
      findings({
        warnings: [
          `wrangler.toml [build]: command = "tsc" does not seem to list the jobs: unless it runs node scripts/generate-jobs.ts, new files in jobs/ do not get into the Worker. ${BUILD}`,
        ],
      }),
    );
  });

  test.each(["npm run jobs && tsc", "tsc && node ./scripts/generate-jobs.ts"])(
    "may do more: %s",
    async (it) => {
      expect(await check(withLine("build", `build = { command = "${it}" }`))).toEqual(findings({}));
    },
  );
});

describe("the compatibility date", () => {
  test.each([
    ["", "is missing, and Cloudflare takes no Worker without one"],
    ["compatibility_date = 2026-11-17", "is not a text: its quotes are missing"],
    [`compatibility_date = 20261117`, `= 20261117 is not a date such as "2026-11-17"`],
    [`compatibility_date = "17.11.2026"`, `= "17.11.2026" is not a date such as "2026-11-17"`],
    [`compatibility_date = "2026-02-30"`, `= "2026-02-30" is not a date such as "2026-11-17"`],
    [`compatibility_date = "2026-13-01"`, `= "2026-13-01" is not a date such as "2026-11-17"`],
    [
      `compatibility_date = "2026-08-03"`,
      `= "2026-08-03" is before Workers had node:crypto, without which this one does not start`,
    ],
  ])("is a problem when it is %j", async (line, text) => {
    expect(await check(withLine("compatibility_date", line))).toEqual(
      findings({ problems: [`wrangler.toml: compatibility_date ${text}. ${DATE}`] }),
    );
  });

  test("is a warning when it is still to come", async () => {
    const line = `compatibility_date = "2026-11-25"`;
    expect(await check(withLine("compatibility_date", line))).toEqual(
      findings({
        warnings: [
          `wrangler.toml: compatibility_date = "2026-11-25" is still to come; Cloudflare takes none after today, 2026-11-24. ${DATE}`,
        ],
      }),
    );
  });

  test.each(["2026-08-04", "2026-11-24"])("may be %s", async (date) => {
    expect(await check(withLine("compatibility_date", `compatibility_date = "${date}"`))).toEqual(
      findings({}),
    );
  });

  test("may be older where a flag brings Node's modules", async () => {
    const old = withLine("compatibility_date", `compatibility_date = "2025-01-01"`);
    const flags = `["global_fetch_strictly_public", "nodejs_compat"]`;
    expect(await check(old.replace(`["global_fetch_strictly_public"]`, flags))).toEqual(findings({}));
  });
});

describe("the compatibility flags", () => {
  const meaning =
    "hosts in your own zone are then not asked the way the public asks them, and are reported wrongly";
  test.each([
    ["", "", `["global_fetch_strictly_public"]`],
    [
      `compatibility_flags = ["nodejs_compat"]`,
      ` = ["nodejs_compat"]`,
      `["nodejs_compat","global_fetch_strictly_public"]`,
    ],
  ])("are a warning without global_fetch_strictly_public: %j", async (line, value, remedy) => {
    expect(await check(withLine("compatibility_flags", line))).toEqual(
      findings({
        warnings: [
          `wrangler.toml: compatibility_flags${value} lacks global_fetch_strictly_public: ${meaning}. Hint: compatibility_flags = ${remedy}`,
        ],
      }),
    );
  });

  test("are a problem when they are no list", async () => {
    const line = `compatibility_flags = "global_fetch_strictly_public"`;
    expect(await check(withLine("compatibility_flags", line))).toEqual(
      findings({
        problems: [
          `wrangler.toml: compatibility_flags = "global_fetch_strictly_public" is not a list of texts. Hint: compatibility_flags = ["global_fetch_strictly_public"]`,
        ],
      }),
    );
  });
});
