import { expect, test } from "vitest";
import { createOutputFilter } from "../../../scripts/local/wrangler-output.ts";

/** Word for word from wrangler 4.164. */
function shown(output: string): readonly string[] {
  const filter = createOutputFilter();
  return output
    .split("\n")
    .map((line) => filter(line))
    .filter((line) => line !== null)
    .map(({ kind, text }) => `${kind}: ${text}`);
}

test("what escapes a handler is shown once, in one line without a stack", () => {
  const fault = "DatabaseError: the database does not answer: D1_ERROR: no such table: tick: SQLITE_ERROR";
  const stack = `
      at loggable (file:///checker/src/adapters/log.ts:56:17)
      at handleScheduled (file:///checker/src/handlers/scheduled.ts:27:9)
`;
  const twice = `✘ [ERROR] Uncaught Error: ${fault} Error
${stack}
✘ [ERROR] Uncaught Error: ${fault} `;
  expect(shown(twice)).toEqual([`error: Uncaught Error: ${fault}`]);
  // Of two ticks, one after the other, and at the same time.
  const tick = "✘ [ERROR] GET /admin/report: of the Worker";
  expect(shown(`${twice}\n\n${tick}\n\n${twice}`)).toEqual([
    `error: Uncaught Error: ${fault}`,
    "error: GET /admin/report: of the Worker",
    `error: Uncaught Error: ${fault}`,
  ]);
  const first = twice.slice(0, twice.lastIndexOf("✘"));
  const again = twice.slice(twice.lastIndexOf("✘"));
  expect(shown([first, first, again, again].join("\n"))).toEqual([
    `error: Uncaught Error: ${fault}`,
    `error: Uncaught Error: ${fault}`,
  ]);
});

test("what a job threw when nobody waited for it is shown once, with its stack", () => {
  const stack = "      at null.<anonymous> (file:///checker/jobs/Rejects.ts:6:25)";
  expect(
    shown(`\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mUncaught TypeError: boom Error\u001b[0m

${stack}

\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mUncaught TypeError: boom \u001b[0m

✘ [ERROR] Uncaught Error Error

${stack}

✘ [ERROR] Uncaught Error `),
  ).toEqual(["error: Uncaught TypeError: boom", `more: ${stack}`, "error: Uncaught Error", `more: ${stack}`]);
});

test("what the platform throws has no stack, and is shown each time", () => {
  const limit = "✘ [ERROR] Uncaught Error: Worker exceeded its CPU time limit. ";
  expect(shown(`${limit}\n\n${limit}`)).toEqual([
    "error: Uncaught Error: Worker exceeded its CPU time limit.",
    "error: Uncaught Error: Worker exceeded its CPU time limit.",
  ]);
});

test("an exception that wrangler tells is shown with its stack", () => {
  expect(
    shown(`[wrangler:error] Error: boom in fetch
    at Object.fetch (file:///checker/src/index.ts:13:41)`),
  ).toEqual([
    "error: Error: boom in fetch",
    "more:     at Object.fetch (file:///checker/src/index.ts:13:41)",
  ]);
});

test("console.warn of a job is a warning", () => {
  expect(shown("▲ [WARNING] a warning of a job\n\n")).toEqual(["warning: a warning of a job"]);
});

test("what wrangler says of itself is hidden with all that belongs to it", () => {
  expect(
    shown(`▲ [WARNING] Scheduled Workers are not automatically triggered during local development.

  To manually trigger a scheduled event, run:
    curl "http://127.0.0.1:8787/cdn-cgi/local/scheduled"

[wrangler:warn] Provided RCPT TO address doesn't match any "To" header in the email message:
  RCPT TO: checker@example.com
[wrangler:info] Ready on http://127.0.0.1:8787
🪵  Logs were written to "/checker/.checker/scratch/log/wrangler.log"
✘ [ERROR] real`),
  ).toEqual(["error: real"]);
});

test("a build that fails is reduced to what the build command wrote", () => {
  expect(
    shown(`✘ [ERROR] k [Error]: Process exited with non-zero status (1)

      at I2._waitForOutput (/checker/node_modules/wrangler/wrangler-dist/cli.js:164358:98) {
    result: I {
      _process: ChildProcess {
        stdout: [Socket],
        stderr: [Socket],
      },
    },
    output: {
      stderr: 'jobs/A.ts does not compile: line 1, column 18: Unexpected ";"\\n' +
        "jobs/B.ts exports no job; it's empty\\n",
      stdout: '',
      exitCode: 1
    }
  }

✘ [ERROR] Running custom build \`node scripts/generate-jobs.ts\` failed. There are likely more logs from your build command above.`),
  ).toEqual([
    'error: jobs/A.ts does not compile: line 1, column 18: Unexpected ";"',
    "error: jobs/B.ts exports no job; it's empty",
    "broken build: the Worker can not be built; no check runs until that is mended",
  ]);
});

test("a bundle that fails keeps the place of the fault", () => {
  expect(
    shown(`✘ [ERROR] Build failed with 1 error:

  ✘ [ERROR] Could not resolve "./nothing.ts"

      jobs/Two.ts:1:7:
        1 │ import "./nothing.ts";
          ╵        ~~~~~~~~~~~~~~`),
  ).toEqual([
    "broken build: the Worker can not be built; no check runs until that is mended",
    'more:   ✘ [ERROR] Could not resolve "./nothing.ts"',
    "more:       jobs/Two.ts:1:7:",
    'more:         1 │ import "./nothing.ts";',
    "more:           ╵        ~~~~~~~~~~~~~~",
  ]);
});

test("the death of a runtime is told apart from warnings", () => {
  const crashed =
    "The Workers runtime crashed unexpectedly and is being restarted (crash #1). " +
    "Any additional runtime output above may indicate the cause.";
  const failed = "The Workers runtime failed to restart after an unexpected crash.";
  expect(shown(`▲ [WARNING] ${crashed}\n\n✘ [ERROR] ${failed}`)).toEqual([
    `crash: ${crashed}`,
    `crash: ${failed}`,
  ]);
});

test("settings that were made wrong are not told a second time, with a stack", () => {
  const told = `Settings are invalid; nothing was checked. SERVER_NAME is empty. Hint: a short name for this instance, such as "checker-eu"`;
  expect(
    shown(`✘ [ERROR] Uncaught Error: ${told} Error

      at loggable (file:///checker/src/adapters/log.ts:56:17)

✘ [ERROR] Uncaught Error: ${told}

✘ [ERROR] Invalid TOML document: invalid value

    /checker/wrangler.toml:13:14:
      13 │ SERVER_NAME = foo
         ╵               ^

✘ [ERROR] real`),
  ).toEqual(["error: real"]);
});
