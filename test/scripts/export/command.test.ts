import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { MINUTE_MS } from "../../../src/core/time/frequency.ts";
import { command } from "../../e2e/command.ts";
import { DOWN, failing, laneWith, sampleOf, UP } from "../../support/fakes/history.ts";
import { HistoryFile } from "./history-file.ts";

const T0 = Date.parse("2026-11-23T10:00:00Z");
const run = (...args: readonly string[]) => command(projectRoot, "export", ...args);

/** Two jobs and one minute. */
function small(): HistoryFile {
  const file = new HistoryFile();
  file.write({
    ...laneWith(1, ['File["https://a.example/"]', "=b"], T0),
    samples: [sampleOf(1, T0, UP, DOWN)],
    incidents: [failing("=b", T0)],
  });
  return file;
}

/** As many samples as said, of a thousand jobs. */
function large(slots: number): HistoryFile {
  const file = new HistoryFile();
  const jobs = Array.from({ length: 1_000 }, (_, index) => `Servers["https://server-${index}.example.com/"]`);
  const readings = jobs.map((_, index) => ({ status: "up" as const, latencyMs: index, maintenance: false }));
  file.write(laneWith(1, jobs, T0));
  const samples = Array.from({ length: slots }, (_, index) =>
    sampleOf(1, T0 + index * MINUTE_MS, ...readings),
  );
  file.sqlite.exec("BEGIN");
  for (const sample of samples) file.write({ samples: [sample] });
  file.sqlite.exec("COMMIT");
  return file;
}

/** The script itself, with its output as a stream. */
function start(nodeOptions: readonly string[], ...args: readonly string[]) {
  const node = join(projectRoot, "node_modules/.bin/node");
  const child = spawn(node, [...nodeOptions, "scripts/export.ts", ...args], { cwd: projectRoot });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = { err: "" };
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  return { child, said, ended: once(child, "exit") };
}

describe("npm run export", () => {
  test("writes CSV to standard output, and a text that is a formula as none", async () => {
    const { state } = small();
    expect(await run("--state", state)).toEqual({
      code: 0,
      out: [
        "job,name,time,status,latency_ms",
        '"File[""https://a.example/""]","name of File[""https://a.example/""]",2026-11-23T10:00:00.000Z,up,40',
        "'=b,name of =b,2026-11-23T10:00:00.000Z,down,",
        "",
      ].join("\r\n"),
      err: "",
    });
    const { out } = await run("--state", state, "--job", "=b", "--raw");
    expect(out).toBe("job,name,time,status,latency_ms\r\n=b,name of =b,2026-11-23T10:00:00.000Z,down,\r\n");
  });

  test("writes NDJSON", async () => {
    const { state } = small();
    const { out } = await run("--state", state, "--what", "incidents", "--format", "ndjson");
    expect(out).toBe(
      '{"job":"=b","name":"name of =b","from":"2026-11-23T10:00:00.000Z","to":null,"first_reason":"it is gone","last_reason":"it is gone","told":0,"first_told":null,"accepted":null,"ended":null,"failures":1}\n',
    );
  });

  test("writes a file, and says how many lines it has", async () => {
    const { state } = small();
    const output = join(state, "history.csv");
    expect(await run("--state", state, "--output", output)).toEqual({
      code: 0,
      out: "",
      err: `2 lines in ${output}\n`,
    });
    expect(readFileSync(output, "utf8")).toBe((await run("--state", state)).out);
    expect(readdirSync(state)).toEqual(["database", "history.csv"]);
  });

  test("leaves no file where it fails, nor one that is half", async () => {
    const { state } = small();
    const output = join(state, "history.csv");
    const { code } = await run("--state", state, "--job", "none", "--output", output);
    expect(code).toBe(1);
    expect(readdirSync(state)).toEqual(["database"]);
    const nowhere = join(state, "no/history.csv");
    expect(await run("--state", state, "--output", nowhere)).toEqual({
      code: 1,
      out: "",
      err: `${nowhere} cannot be written: ENOENT: no such file or directory, open '${nowhere}.part'.\n`,
    });
  });

  test("has only the line of names where nothing was kept of that time", async () => {
    const { out, code } = await run("--state", small().state, "--from", "2026-11-24");
    expect([code, out]).toEqual([0, "job,name,time,status,latency_ms\r\n"]);
  });

  test("says what it left out", async () => {
    const file = small();
    file.run("UPDATE sample SET data = 'text'");
    file.run("UPDATE incident SET notification_count = ?", 2n ** 62n);
    const text = "note: left out as damaged: 1 row, 0 values of other rows\n";
    expect((await run("--state", file.state)).err).toBe(text);
    expect((await run("--state", file.state, "--what", "incidents")).err).toBe(text);
  });

  test("says what to do where there is nothing to read", async () => {
    const file = new HistoryFile();
    expect(await run("--state", file.state)).toEqual({
      code: 1,
      out: "",
      err: `There is no history in ${file.state} yet: it begins with the first tick.\n`,
    });
    const empty = join(file.state, "database/v3");
    expect((await run("--state", empty)).err).toBe(
      `There is no database of Checker in ${empty}: run npm start -- --state ${empty} first, or give --remote.\n`,
    );
    expect((await run("--state", "no-such-folder")).err).toBe(
      "There is no folder no-such-folder: run npm start -- --state no-such-folder first, or give --state DIR or --remote.\n",
    );
    expect(existsSync(join(projectRoot, "no-such-folder"))).toBe(false);
  });

  test("says that the database is damaged where it is", async () => {
    const { path, state } = small();
    const damaged = join(state, "damaged");
    mkdirSync(join(damaged, "database/v3/d1/any"), { recursive: true });
    writeFileSync(join(damaged, "database/v3/d1/any/checker.sqlite"), readFileSync(path).fill(7, 0, 100));
    expect(await run("--state", damaged)).toEqual({
      code: 1,
      out: "",
      err: "The database cannot be read: file is not a database.\n",
    });
  });

  test("refuses what it does not know", async () => {
    expect(await run("--what", "all")).toEqual({
      code: 2,
      out: "",
      err: '--what is "all"; give one of samples, hourly, daily, incidents\nTry: npm run export -- --help\n',
    });
  });

  test("reads while another writes, and writes nothing itself", async () => {
    const file = small();
    file.sqlite.exec("BEGIN IMMEDIATE; INSERT INTO sample (id, data) VALUES (1, x'')");
    const { code, out } = await run("--state", file.state);
    file.sqlite.exec("ROLLBACK");
    expect([code, out.split("\r\n").length]).toEqual([0, 4]);
  });
});

describe("a large export", () => {
  test("of a million samples takes no more than 64 MB of heap", async () => {
    const file = large(1_000);
    const { child, said, ended } = start(["--max-old-space-size=64"], "--state", file.state);
    let [lines, last] = [0, ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      lines += text.split("\n").length - 1;
      last = (last + text).slice(-120);
    });
    expect(await ended).toEqual([0, null]);
    expect(said.err).toBe("");
    expect(lines).toBe(1_000_001);
    expect(last.split("\r\n").at(-2)).toMatch(/2026-11-24T02:39:00\.000Z,up,999$/);
  });

  test("waits for a slow reader, and ends without a word when it goes away", async () => {
    const { child, said, ended } = start(["--max-old-space-size=64"], "--state", large(300).state);
    const [first] = (await once(child.stdout, "data")) as [Buffer];
    expect(String(first)).toMatch(/^job,name,time,status,latency_ms\r\n/);
    child.stdout.pause();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(child.exitCode).toBeNull();
    child.stdout.destroy();
    expect(await ended).toEqual([0, null]);
    expect(said.err).toBe("");
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends at %s, also while nobody reads", async (signal) => {
    const { child, said, ended } = start([], "--state", large(300).state);
    await once(child.stdout, "data");
    child.stdout.pause();
    child.kill(signal);
    expect(await ended).toEqual([null, signal]);
    expect(said.err).toBe("");
  });
});
