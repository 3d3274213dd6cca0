import { expect, test } from "vitest";
import { createSettingsWatch, type SettingsWatch } from "../../../scripts/local/settings-watch.ts";
import { readSettings } from "../../../scripts/lib/read-settings.ts";
import { projectWith } from "../../support/fakes/project.ts";

const RIGHT = `[vars]
SERVER_NAME = "checker"
ALERT_CONTACT = "ops@mine.net"
MAIL_FROM = "checker@mine.net"
`;
const EMPTY = RIGHT.replace("checker", "");
const BARE = RIGHT.replace(`"checker"`, "checker");
const EMPTY_TOLD = `wrangler.toml [vars]: SERVER_NAME = "" is empty. Hint: a short name for this instance, such as "checker-eu"`;
const BARE_TOLD = `wrangler.toml, line 2, column 15: Invalid TOML document: invalid value. Hint: a text stands in quotes: SERVER_NAME = "checker"`;

/** Two looks, after which a file that was written before them has come to rest. */
type Settle = (files?: { config?: string; devVars?: string }) => Promise<void>;

function follow(): {
  watch: SettingsWatch;
  told: string[];
  settle: Settle;
  files: { config: string; devVars: string };
} {
  const told: string[] = [];
  const files = { config: RIGHT, devVars: "" };
  const watch = createSettingsWatch({
    atStart: { ...files },
    readFiles: () => Promise.resolve({ ...files }),
    readSettings: async () =>
      readSettings(await projectWith({ "wrangler.toml": files.config, ".dev.vars": files.devVars })),
    onWrong: (problems, consequence) => told.push(...problems, consequence),
    onMended: () => told.push("mended"),
    onDevVars: () => told.push("start again"),
  });
  const settle: Settle = async (changes = {}) => {
    Object.assign(files, changes);
    await watch.look();
    await watch.look();
  };
  return { watch, told, settle, files };
}

test("a setting that is made wrong is told once, and that it is mended", async () => {
  const { watch, told, settle } = follow();
  await settle({ config: EMPTY });
  await settle();
  expect(told.splice(0)).toEqual([EMPTY_TOLD, "no check runs until that is mended"]);
  expect(watch.keepsFromRunning()).toBe(true);
  // Another change that leaves it as wrong is no news.
  await settle({ config: `${EMPTY}# a comment\n` });
  expect(told).toEqual([]);
  await settle({ config: RIGHT });
  await settle({ config: `${RIGHT}# a comment\n` });
  expect(told).toEqual(["mended"]);
  expect(watch.keepsFromRunning()).toBe(false);
});

test("one mistake after another is told each, and the Worker stays as the last readable one left it", async () => {
  const { watch, told, settle } = follow();
  await settle();
  await settle({ config: BARE });
  expect(watch.keepsFromRunning()).toBe(false);
  await settle({ config: EMPTY });
  await settle({ config: BARE });
  expect(watch.keepsFromRunning()).toBe(true);
  expect(told).toEqual([
    BARE_TOLD,
    "the Worker goes on with the settings from before until that is mended",
    EMPTY_TOLD,
    "no check runs until that is mended",
    BARE_TOLD,
    "the Worker goes on with the settings from before until that is mended",
  ]);
});

test("a file that is being written is not judged before it has come to rest", async () => {
  const { watch, told, settle, files } = follow();
  await settle();
  for (const config of ["", "[vars]\n", EMPTY, RIGHT]) {
    files.config = config;
    await watch.look();
  }
  await watch.look();
  expect(told).toEqual([]);
});

test("a change of .dev.vars is told to need a new start, and judged with the next of wrangler.toml", async () => {
  const { watch, told, settle } = follow();
  await settle();
  await settle({ devVars: "NO_MAIL true\n" });
  await settle();
  expect(told.splice(0)).toEqual(["start again"]);
  await settle({ config: `${RIGHT}\n` });
  expect(told).toEqual([
    `.dev.vars, line 1: NO_MAIL true has no "=" and sets nothing. Hint: write NO_MAIL=true`,
    "the Worker goes on all the same",
  ]);
  expect(watch.keepsFromRunning()).toBe(false);
});
