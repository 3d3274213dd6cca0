import { readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, project, servers } from "./command.ts";

let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === "/well" ? 200 : 503;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
});

// Each run bundles a Worker and starts it, which takes its time on a busy machine.
describe("npm run job", { timeout: 120_000 }, () => {
  test("runs one job against the real server and prints what it would tell", async () => {
    const url = `http://127.0.0.1:${port}/ill`;
    const copy = await project({ "jobs/Web.ts": servers("Web", url, `http://127.0.0.1:${port}/well`) });
    const { code, out, err } = await command(copy, "job", url);
    expect(err).toBe("");
    expect(code).toBe(1);
    const lines = out.replaceAll(/\(\d+ ms\)/g, "(… ms)").split("\n");
    expect(lines.slice(0, 6)).toEqual([
      `DOWN  Web ${url}: answered HTTP 503 instead of 200 (… ms)`,
      "      would mail admin@example.com at failure 2 in a row:",
      `      Subject: [checker] Web ${url} failed`,
      `      | Web ${url} failed.`,
      "      |",
      "      | Reason:   answered HTTP 503 instead of 200",
    ]);
    expect(out).not.toContain("/well");
  });

  test("ends with 0 when every job that matches is up", async () => {
    const copy = await project({ "jobs/Web.ts": servers("Web", `http://127.0.0.1:${port}/well`) });
    const { code, out } = await command(copy, "job", "web");
    expect(out).toMatch(/^UP {2}Web http:\/\/127\.0\.0\.1:\d+\/well: HTTP 200 in \d+ ms/);
    expect(out).toContain("would tell nothing");
    expect(code).toBe(0);
  });

  test("names the jobs there are when none matches", async () => {
    const { code, err } = await command(await project(), "job", "nothing");
    expect(err).toBe(`No job matches "nothing". There are:\n  EmailChecker\n`);
    expect(code).toBe(2);
    const copy = await project();
    await rm(join(copy, "jobs/EmailChecker.ts"));
    expect(await command(copy, "job", "nothing")).toEqual({
      code: 2,
      err: `No job matches "nothing". There are none.\n`,
      out: "",
    });
  });

  const TORN =
    "problem: jobs/Torn.ts does not compile: line 1, column 20: Expected identifier but found end of file\n";

  test("runs what matches beside what does not compile, and goes by what matches", async () => {
    const copy = await project({
      "jobs/Torn.ts": "export class Torn {",
      "jobs/Web.ts": servers("Web", `http://127.0.0.1:${port}/well`),
    });
    const { code, err, out } = await command(copy, "job", "jobs/Web.ts");
    expect(err).toBe(TORN);
    expect(out).toMatch(/^UP {2}Web http:\/\/127\.0\.0\.1:\d+\/well: HTTP 200 in \d+ ms/);
    expect(code).toBe(0);
  });

  test("says that what matches does not compile", async () => {
    const copy = await project({ "jobs/Torn.ts": "export class Torn {" });
    expect(await command(copy, "job", "torn")).toEqual({ code: 1, err: TORN, out: "" });
  });

  test("ends with 1 when something that matches does not compile, though the rest is up", async () => {
    const copy = await project({
      "jobs/Torn.ts": "export class Torn {",
      "jobs/Tower.ts": servers("Tower", `http://127.0.0.1:${port}/well`),
    });
    const { code, err, out } = await command(copy, "job", "to");
    expect(err).toBe(TORN);
    expect(out).toMatch(/^UP {2}Tower /);
    expect(code).toBe(1);
  });

  test("tells once what the Worker finds wrong with the file that matches", async () => {
    const copy = await project({
      "jobs/Web.ts": servers("Web", "ftp://a.example/", "gopher://b.example/"),
    });
    expect(await command(copy, "job", "Web")).toEqual({
      code: 1,
      err: [
        `problem: jobs/Web: entry 1: "ftp://a.example/" does not begin with https:// or http://; write it like https://example.com/; entry 2: "gopher://b.example/" does not begin with https:// or http://; write it like https://example.com/`,
        "",
      ].join("\n"),
      out: "",
    });
  });

  test("runs a job that only the Worker can make", async () => {
    const copy = await project({
      ".dev.vars": "HOST=a.example\n",
      "jobs/Host.ts": `import { env } from "cloudflare:workers";
import { JobBase } from "#checker";
if (!("HOST" in env)) throw new Error("HOST is missing");
export class Host extends JobBase { execute() { return true; } }
`,
    });
    const { code, err, out } = await command(copy, "job", "Host");
    expect(err).toBe("");
    expect(out).toMatch(/^UP {2}Host: /);
    expect(code).toBe(0);
  });

  test("says that a file makes no job", async () => {
    expect(await command(await project({ "jobs/Web.ts": servers("Web") }), "job", "Web")).toEqual({
      code: 2,
      err: "jobs/Web.ts makes no job: its list is empty.\n",
      out: "",
    });
  });

  test("says why the Worker that runs jobs does not start", async () => {
    const wrangler = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    const copy = await project({
      "wrangler.toml": wrangler.replace("strictly_public", "strictly_publik"),
      "jobs/Web.ts": servers("Web", `http://127.0.0.1:${port}/well`),
    });
    expect(await command(copy, "job", "Web")).toEqual({
      code: 1,
      err: "problem: the Worker that runs jobs does not start: service core:user:checker-job: No such compatibility flag: global_fetch_strictly_publik\n",
      out: "",
    });
  });

  test.each([[[]], [[""]], [["Web", "Email"]]])("takes one NAME, not %j", async (names) => {
    expect(await command(await project(), "job", ...names)).toEqual({
      code: 2,
      err: "Give the name of one job.\nTry: npm run job -- --help\n",
      out: "",
    });
  });
});
