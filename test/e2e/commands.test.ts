import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyProject, removeProject } from "./project-copy.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a script of the project as npm would, and waits for its end. */
function command(project: string, script: string, ...args: readonly string[]): Promise<Ended> {
  const path = join(project, "node_modules/.bin");
  const env = { ...process.env, PATH: `${path}:${process.env["PATH"] ?? ""}` };
  return new Promise((resolve) => {
    execFile("node", [`scripts/${script}.ts`, ...args], { cwd: project, env }, (error, out, err) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, out, err });
    });
  });
}

let server: Server;
let port: number;
const projects: string[] = [];

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
  await Promise.all(projects.map(removeProject));
});

async function project(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const copy = await copyProject(files);
  projects.push(copy);
  return copy;
}

function servers(...urls: readonly string[]): string {
  return `import { HTTPServerSpawner } from "#checker";
export class Web extends HTTPServerSpawner {
  override servers = ${JSON.stringify(urls)};
}
`;
}

describe("npm run check", () => {
  test("lists every job with its frequency, its rule and its identity", async () => {
    const ended = await command(await project({ "jobs/Web.ts": servers("https://a.example/") }), "check");
    expect(ended).toEqual({
      code: 0,
      err: "",
      out: [
        "MINUTE    EmailChecker",
        "          tells EVERYHOUR from the first failure; identity EmailChecker",
        "MINUTE    Web https://a.example/",
        `          tells once, and the recovery from 2 failures in a row; identity Web["https://a.example/"]`,
        "",
        "note: ALERT_CONTACT is still the example admin@example.com: good for npm start, but reaches nobody.",
        "note: MAIL_FROM is still the example checker@example.com: good for npm start, but reaches nobody.",
        "2 jobs, 0 problems",
        "",
      ].join("\n"),
    });
  });

  test("tells what is wrong with settings and jobs at once, and ends with 1", async () => {
    const copy = await project({
      "jobs/Web.ts": servers("ftp://a.example/"),
      ".dev.vars": 'ALERT_CONTACT = "nobody"\nNO_MAIL = "perhaps"\n',
    });
    const { code, err, out } = await command(copy, "check");
    expect(code).toBe(1);
    expect(err.split("\n")).toEqual([
      `problem: .dev.vars: ALERT_CONTACT[0] = "nobody" is not an email address. Hint: an address, or a list: ["ops@example.com", "me@example.com"]`,
      `problem: .dev.vars: NO_MAIL = "perhaps" is neither true nor false. Hint: true or false`,
      `problem: jobs/Web: entry 1: "ftp://a.example/" is not an HTTP address; write it like https://example.com/`,
      "",
    ]);
    expect(out).toContain("1 job, 3 problems\n");
  });

  test("refuses the example addresses before a deploy", async () => {
    const { code, err } = await command(await project(), "check", "--deploy");
    expect(code).toBe(1);
    expect(err).toContain("problem: ALERT_CONTACT is still the example admin@example.com");
  });
});

describe("npm run job", () => {
  test("runs one job against the real server and prints what it would tell", async () => {
    const url = `http://127.0.0.1:${port}/ill`;
    const copy = await project({ "jobs/Web.ts": servers(url, `http://127.0.0.1:${port}/well`) });
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
    const copy = await project({ "jobs/Web.ts": servers(`http://127.0.0.1:${port}/well`) });
    const { code, out } = await command(copy, "job", "web");
    expect(out).toMatch(/^UP {2}Web http:\/\/127\.0\.0\.1:\d+\/well: HTTP 200 in \d+ ms/);
    expect(out).toContain("would tell nothing");
    expect(code).toBe(0);
  });

  test("names the jobs there are when none matches", async () => {
    const { code, err } = await command(await project(), "job", "nothing");
    expect(err).toBe(`No job matches "nothing". There are:\n  EmailChecker\n`);
    expect(code).toBe(2);
  });
});

describe("every command", () => {
  test.each(["check", "job", "conformance"])("%s explains itself with --help", async (script) => {
    const { code, out } = await command(await project(), script, "--help");
    expect(out).toContain(`npm run ${script}`);
    expect(out).toContain("Exit status: 0");
    expect(code).toBe(0);
  });

  test.each(["check", "job", "conformance"])(
    "%s ends with 2 for an option it does not know",
    async (script) => {
      const { code, err } = await command(await project(), script, "--fast");
      expect(err).toContain("Unknown option '--fast'");
      expect(err).toContain(`Try: npm run ${script} -- --help`);
      expect(code).toBe(2);
    },
  );
});
