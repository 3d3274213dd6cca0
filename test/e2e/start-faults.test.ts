import { readFile, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/network/free-port.ts";
import { newProject, npmStart, startedProject, tickOfMinute } from "./npm-start.ts";

const LIMIT_MS = 180_000;
/** The time in which a first start must be well. */
const WELL_WITHIN_MS = 90_000;

test("a port that another program has is told, with the remedy", { timeout: LIMIT_MS }, async () => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  const checker = npmStart(await newProject(), "--port", String(port));
  expect(await checker.exited).toBe(1);
  expect(checker.output).toContain(
    `\nport ${port} is taken; stop the other program or choose another with npm start -- --port N\n`,
  );
});

test(
  "settings that are not readable and jobs that do not compile are told",
  { timeout: LIMIT_MS },
  async () => {
    const project = await newProject({
      ".dev.vars": "MAIL_FROM=nobody\n",
      "jobs/Broken.ts": "export class Broken {\n",
    });
    const checker = npmStart(project, "--port", String(await freePort()));
    expect(await checker.exited).toBe(1);
    expect(checker.output).toMatch(/MAIL_FROM.*nobody/);
    expect(checker.output).toMatch(/jobs\/Broken\.ts/);
    expect(checker.output).not.toContain("Checker is running");
  },
);

test(
  "a setting that is made wrong is explained at once and once, and reloads are no news",
  { timeout: LIMIT_MS },
  async () => {
    const project = await startedProject();
    const file = join(project, "wrangler.toml");
    const right = await readFile(file, "utf8");
    const port = await freePort();
    const checker = npmStart(project, "--port", String(port), "--state", "state");
    await checker.shows(/status {3}.*True/, WELL_WITHIN_MS);

    await writeFile(file, right.replace(`SERVER_NAME = "checker"`, `SERVER_NAME = ""`));
    await checker.shows(/error {4}no check runs until that is mended/);
    await checker.shows(/status {3}True → JobProblem: settings are invalid/);
    // The next event of the clock says nothing more.
    await expect(tickOfMinute(port, join(project, "state"), 0)).rejects.toMatchObject({
      code: "ERROR_ESCAPED",
    });
    await writeFile(file, right);
    await checker.shows(/server {3}the settings are right again/);
    await checker.shows(/status {3}JobProblem → True/);

    await writeFile(file, right.replace(`"checker"\n# Who`, "checker\n# Who"));
    await checker.shows(/error {4}the Worker goes on with the settings from before until that is mended/);
    await writeFile(file, right);
    await checker.shows(/settings are right again[^]*settings are right again/);
    await tickOfMinute(port, join(project, "state"), 1);
    await checker.shows(/tick [^]*tick /);

    expect(checker.lines("error")).toEqual([
      `wrangler.toml [vars]: SERVER_NAME = "" is empty. Hint: a short name for this instance, such as "checker-eu"`,
      "no check runs until that is mended",
      expect.stringMatching(
        /^wrangler\.toml, line \d+, column \d+: Invalid TOML document: invalid value\. Hint: a text stands in quotes: SERVER_NAME = "checker"$/,
      ),
      "the Worker goes on with the settings from before until that is mended",
    ]);
    expect(checker.output).not.toContain(" at ");
  },
);

test("an error that escapes the Worker is told once, in one line", { timeout: LIMIT_MS }, async () => {
  const project = await startedProject({ "migrations/9999_break.sql": "DROP TABLE loopback;" });
  const checker = npmStart(project, "--port", String(await freePort()), "--state", "state");
  await checker.shows(/error {4}/, WELL_WITHIN_MS);
  await checker.shows(/status {3}/);
  // It waits for the events that are under way, also for what is to be told of them.
  checker.pressCtrlC();
  expect(await checker.exited).toBe(0);
  expect(checker.lines("error")).toEqual([
    "Uncaught Error: DatabaseError: the database does not answer: D1_ERROR: no such table: loopback: SQLITE_ERROR",
  ]);
  expect(checker.output).not.toMatch(/^ +at /m);
});

test("an option that does not exist is told, with exit code 2", { timeout: LIMIT_MS }, async () => {
  const checker = npmStart(await newProject(), "--prot", "9000");
  expect(await checker.exited).toBe(2);
  expect(checker.output).toContain("Unknown option '--prot'; npm start -- --help lists what there is");
});
