/** The remote way, with stand-ins for wrangler, and with wrangler itself against an API of ours. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { MINUTE_MS } from "../../../src/core/time/frequency.ts";
import { commandIn } from "../../e2e/command.ts";
import { DOWN, failing, laneWith, sampleOf, UP } from "../../support/fakes/history.ts";
import { HistoryFile } from "./history-file.ts";

const T0 = Date.parse("2026-11-23T10:00:00Z");

function history(): HistoryFile {
  const file = new HistoryFile();
  const jobs = ["it's a", ...Array.from({ length: 399 }, (_, index) => `job ${index}`)];
  const samples = Array.from({ length: 900 }, (_, index) => sampleOf(1, T0 + index * MINUTE_MS, UP, DOWN));
  file.write({ ...laneWith(1, jobs, T0), samples, incidents: [failing("it's a", T0)] });
  return file;
}

/** Runs the export with this as wrangler, a shell script that may say `$LOG`. */
async function remote(
  shell: string,
  { state }: HistoryFile,
  args: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const bin = join(state, "bin");
  const log = join(state, "calls.txt");
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, "");
  writeFileSync(join(bin, "wrangler"), `#!/bin/sh\necho "$*" >> ${log}\n${shell}\n`);
  chmodSync(join(bin, "wrangler"), 0o755);
  const ended = await commandIn({ bin, env }, projectRoot, "export", "--remote", ...args);
  return { ...ended, calls: readFileSync(log, "utf8").split("\n").slice(0, -1) };
}

/** Answers as wrangler does, from the file. */
function standIn(file: HistoryFile): string {
  const script = join(file.state, "stand-in.mjs");
  writeFileSync(
    script,
    `import { DatabaseSync } from "node:sqlite";
     const results = new DatabaseSync(${JSON.stringify(file.path)}).prepare(process.argv.at(-1)).all();
     console.log(JSON.stringify([{ results, success: true, meta: { duration: 0.1 } }], null, 2));`,
  );
  return `exec node ${script} "$@"`;
}

describe("npm run export -- --remote", () => {
  test.each(["samples", "incidents"])("writes the same %s as from a file", async (what) => {
    const file = history();
    const local = await commandIn({}, projectRoot, "export", "--what", what, "--state", file.state);
    const { calls, ...ended } = await remote(standIn(file), file, ["--what", what]);
    expect(ended).toEqual(local);
    expect(ended.out.split("\r\n").length).toBe(what === "samples" ? 1_802 : 3);
    for (const call of calls) expect(call).toMatch(/^d1 execute DB --remote --json --command SELECT /);
    const pages = calls.filter((call) => call.includes("FROM sample "));
    expect(pages).toHaveLength(what === "samples" ? 3 : 0);
  });

  test("asks for the bytes of the wanted job alone", async () => {
    const file = history();
    const { out, calls } = await remote(standIn(file), file, ["--job", "it's a"]);
    expect(out.split("\r\n")[1]).toBe("it's a,name of it's a,2026-11-23T10:00:00.000Z,up,40");
    expect(calls.filter((call) => call.includes("FROM sample "))).toEqual([
      expect.stringContaining("hex(substr(data, 1, 3))"),
    ]);
  });

  test.each([
    [
      "an error",
      `echo '{"error":{"text":"A request to the Cloudflare API failed.","notes":[{"text":"no such table [code: 7500]"}]}}'; exit 1`,
      "wrangler d1 execute: A request to the Cloudflare API failed. no such table [code: 7500]\n",
    ],
    ["a text", "echo '[ERROR] Not logged in.' >&2; exit 1", "wrangler d1 execute: Not logged in.\n"],
    ["nothing", "exit 0", "wrangler d1 execute: its answer is none that is known\n"],
    ["no success", `echo '[{"success":false}]'`, "wrangler d1 execute: its answer is none that is known\n"],
    ["a code alone", "exit 9", "wrangler d1 execute: exit code 9\n"],
  ])("says what wrangler says: %s", async (_, shell, err) => {
    const { calls, ...ended } = await remote(shell, new HistoryFile());
    expect(ended).toEqual({ code: 1, out: "", err });
    expect(calls).toHaveLength(1);
  });

  test("takes no more of an answer than a page can be", async () => {
    const shell = `node -e 'for (let i = 0; i < 40; i++) process.stdout.write("x".repeat(1e6))'`;
    const { code, err } = await remote(shell, new HistoryFile());
    expect([code, err]).toEqual([1, "wrangler d1 execute gave more than it was asked for.\n"]);
  });

  test("goes through wrangler's own d1 execute", async () => {
    const file = history();
    const wrangler = join(projectRoot, "node_modules/wrangler/bin/wrangler.js");
    const args = ["--job", "it's a", "--from", "2026-11-23T12:00", "--to", "2026-11-23T12:02"];
    const ended = await remote(`exec node ${wrangler} "$@"`, file, args, await apiOf(file));
    expect(ended).toMatchObject({
      code: 0,
      out: [
        "job,name,time,status,latency_ms",
        "it's a,name of it's a,2026-11-23T12:00:00.000Z,up,40",
        "it's a,name of it's a,2026-11-23T12:01:00.000Z,up,40",
        "",
      ].join("\r\n"),
      err: "",
    });
  });

  test("tells an error that Cloudflare gave, as wrangler's own d1 execute does", async () => {
    const file = history();
    file.sqlite.exec("DROP TABLE series; CREATE TABLE series (job TEXT)");
    const wrangler = join(projectRoot, "node_modules/wrangler/bin/wrangler.js");
    const args = ["--job", "a"];
    const { code, out, err } = await remote(`exec node ${wrangler} "$@"`, file, args, await apiOf(file));
    expect([code, out]).toEqual([1, ""]);
    expect(err).toBe(
      "wrangler d1 execute: A request to the Cloudflare API (/accounts/0123456789abcdef0123456789abcdef/d1/database/id-1/query) failed. no such column: name [code: 7500]\n",
    );
  });
});

/** The part of Cloudflare's API that knows one database. */
async function apiOf(file: HistoryFile): Promise<Record<string, string>> {
  const answer = (path: string, body: string): unknown => {
    if (!path.endsWith("/query")) return { uuid: "id-1", name: "checker" };
    const { sql } = JSON.parse(body) as { readonly sql: string };
    return [{ results: file.sqlite.prepare(sql).all(), success: true, meta: { duration: 1 } }];
  };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (body += part));
    request.on("end", () => {
      const sent = { success: true, errors: [] as unknown[], messages: [], result: null as unknown };
      try {
        sent.result = answer((request.url ?? "").replace(/\?.*/, ""), body);
      } catch (error) {
        sent.success = false;
        sent.errors = [{ code: 7500, message: (error as Error).message }];
        response.statusCode = 400;
      }
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(sent));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CLOUDFLARE_API_TOKEN: "a-token-of-the-test",
    CLOUDFLARE_ACCOUNT_ID: "0123456789abcdef0123456789abcdef",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_HIDE_BANNER: "true",
  };
}
