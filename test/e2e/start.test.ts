import { lstat, readFile, readdir, stat } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { freePort } from "../support/network/free-port.ts";
import { newProject, npmStart, startedProject, survivors, tickOfMinute } from "./npm-start.ts";

const LIMIT_MS = 180_000;
/** The time in which a first start must be well. */
const WELL_WITHIN_MS = 90_000;

/** An HTTP server on loopback that answers with `target.status`. */
async function newTarget(): Promise<{ url: string; status: number }> {
  const target = { url: "", status: 200 };
  const server: Server = createServer((_, response) => response.writeHead(target.status).end());
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  target.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return target;
}

const watching = (url: string): Readonly<Record<string, string>> => ({
  "jobs/HTTPServerChecker.ts": `import { HTTPServerSpawner } from "#checker";
export class HTTPServerChecker extends HTTPServerSpawner {
  override numberFailuresBeforeNotification() {
    return 1;
  }
  override servers = ["${url}"];
}
`,
});

/** An image of a foreign page has no Origin, which wrangler refuses. */
const FROM_A_PAGE = { headers: { "sec-fetch-site": "cross-site", "sec-fetch-dest": "image" } };

/** Cron events of the next minutes and of tomorrow, at each of wrangler's addresses for them. */
const FORGED = (port: number): readonly string[] =>
  ["local", "handler", "mf"].flatMap((name) =>
    [1, 2, 20 * 60].map((minutes) => {
      const query = new URLSearchParams({
        cron: "1-59 * * * *",
        time: String(Date.now() + minutes * 60_000),
      });
      return `http://localhost:${port}/cdn-cgi/${name}/scheduled?${query.toString()}`;
    }),
  );

async function status(port: number): Promise<string> {
  return (await fetch(`http://localhost:${port}/status`)).text();
}

test(
  "from nothing to True, through an alert and a recovery, to Ctrl-C and a start that goes on from there",
  { timeout: LIMIT_MS },
  async () => {
    const target = await newTarget();
    const project = await newProject(watching(target.url));
    const port = await freePort();
    const checker = npmStart(project, "--port", String(port), "--state", "state");
    const job = `HTTPServerChecker ${target.url}`;

    // It says where everything is.
    await checker.shows(/status {3}.*True/, WELL_WITHIN_MS);
    await checker.shows(/mail {5}loopback delivered/);
    expect(await status(port)).toBe("True");
    expect(checker.output).toContain(`good for npm start, but reaches nobody.

Checker is running.

  page    http://localhost:${port}/  (sign in with ADMIN_TOKEN of state/secrets.env)
  status  http://localhost:${port}/status
  state   state
  mail    state/mail  (kept as .eml files; mail to checker@example.com comes back to Checker)
  clock   1-59 * * * *   0 1-11,13-23 * * *   0 0 * * *   0 12 * * *   (UTC, as all times here)
  stop    Ctrl-C
`);

    // The first tick ran everything, one job is up, and the way of the mail is proven.
    expect(checker.lines("tick")[0]).toMatch(
      /^\d\d:\d\d {2}MINUTE HOUR DAY DAY_NOON {4}2 jobs {4}1 up {4}0 down {4}1 inconclusive +\d+\.\d s$/,
    );
    expect(checker.lines("job")).toContainEqual(expect.stringContaining(`${job} is up (first run): `));
    expect(checker.lines("mail")).toEqual(["loopback delivered"]);
    expect(checker.lines("error")).toEqual([]);

    // State, mail and database are for the owner only.
    const state = await readdir(join(project, "state"), { recursive: true });
    expect(state.length).toBeGreaterThan(5);
    const open: string[] = [];
    for (const name of ["", ...state]) {
      // A log of the database may be gone again.
      const found = await lstat(join(project, "state", name)).catch(() => null);
      if (found !== null && (found.mode & 0o077) !== 0) open.push(name);
    }
    expect(open).toEqual([]);

    // The secret is in a file that others can not read, and in no command line, which they can.
    const secrets = await readFile(join(project, "state/secrets.env"), "utf8");
    expect((await stat(join(project, "state/secrets.env"))).mode & 0o077).toBe(0);
    const token = /^ADMIN_TOKEN='(\w{64})'$/m.exec(secrets)?.[1] ?? "no token";
    const running = checker.processes();
    expect(running.map(({ command }) => command).filter((command) => command.includes(token))).toEqual([]);
    expect(running.filter(({ command }) => command.includes("workerd"))).not.toEqual([]);

    // What any web page can send to this port is refused, and takes no slot.
    const answers = await Promise.all(
      FORGED(port).map(async (url) => (await fetch(url, FROM_A_PAGE)).status),
    );
    expect(answers).toEqual(answers.map(() => 500));
    expect(checker.lines("tick")).toHaveLength(1);

    // The target goes down and comes up again.
    target.status = 500;
    await tickOfMinute(port, join(project, "state"), 1);
    const failed = await checker.shows(
      /mail {5}→ admin@example\.com {2}"\[checker\] .*failed.*" {2}(\S+\.eml)\n/,
    );
    target.status = 200;
    await tickOfMinute(port, join(project, "state"), 2);
    const recovered = await checker.shows(
      /mail {5}→ admin@example\.com {2}"\[checker\] (?!.*failed).*" {2}(\S+\.eml)\n/,
    );
    expect(checker.lines("job").filter((line) => line.startsWith(job))).toEqual([
      expect.stringContaining(`${job} is up (first run): `),
      expect.stringContaining(`${job} is down (was up): `),
      expect.stringContaining(`${job} is up (was down): `),
    ]);
    const files = (await readdir(join(project, "state/mail"))).map((name) => `state/mail/${name}`);
    expect(new Set(files)).toEqual(new Set([failed[1], recovered[1]]));
    expect(await readFile(join(project, failed[1] ?? ""), "utf8")).toMatch(/^To: .*admin@example\.com/m);

    // Ctrl-C ends it with everything it started.
    checker.pressCtrlC();
    expect(await checker.exited).toBe(0);
    expect(await survivors(running, 5_000)).toEqual([]);
    expect((await readdir(join(project, "state"))).toSorted()).toEqual(["database", "mail"]);

    // A second start knows all that, and tells none of it again.
    const again = npmStart(project, "--port", String(port), "--state", "state");
    await again.shows(/status {3}\w+/);
    expect(again.lines("status")[0]).toBe("True");
    expect(again.lines("job")).toEqual([]);
    expect(await readdir(join(project, "state/mail"))).toHaveLength(2);
    again.pressCtrlC();
    expect(await again.exited).toBe(0);
  },
);

test(
  "two run side by side, a third is kept out of their state and their port, and no end leaves anything behind",
  { timeout: LIMIT_MS },
  async () => {
    const project = await startedProject({}, ["one", "two"]);
    const ports = [await freePort(), await freePort()] as const;
    const one = npmStart(project, "--port", String(ports[0]), "--state", "one");
    const two = npmStart(project, "--port", String(ports[1]), "--state", "two");
    await one.shows(/status {3}.*True/, WELL_WITHIN_MS);
    await two.shows(/status {3}.*True/, WELL_WITHIN_MS);
    await one.shows(/mail {5}loopback delivered/);
    await two.shows(/mail {5}loopback delivered/);
    expect([one.lines("mail"), two.lines("mail")]).toEqual([
      [expect.stringContaining("loopback delivered")],
      [expect.stringContaining("loopback delivered")],
    ]);

    // As when somebody forgets that it runs, and starts it once more.
    const isSameState = npmStart(project, "--port", String(ports[0]), "--state", "one");
    expect(await isSameState.exited).toBe(1);
    expect(isSameState.output).toMatch(
      /the state folder \S+\/one is in use by process \d+; stop that, or choose another folder with npm start -- --state DIR/,
    );
    const samePort = npmStart(project, "--port", String(ports[0]), "--state", "three");
    expect(await samePort.exited).toBe(1);
    expect(samePort.output).toContain(
      `port ${ports[0]} is taken; stop the other program or choose another with npm start -- --port N`,
    );

    // When it is killed, nothing that it started lives on.
    const [ofOne, ofTwo] = [one.processes(), two.processes()];
    process.kill(one.script.pid, "SIGKILL");
    expect(await survivors(ofOne, 10_000)).toEqual([]);
    // Nor when only npm is told to end.
    process.kill(ofTwo[0]?.pid ?? 0, "SIGTERM");
    expect(await two.exited).toBe(0);
    expect(await survivors(ofTwo, 10_000)).toEqual([]);
  },
);
