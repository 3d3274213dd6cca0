import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startDevServer, type DevServer } from "../../scripts/local/dev-server.ts";
import { createLastingWorker } from "../../scripts/local/lasting-worker.ts";
import { takeLeftMail } from "../../scripts/local/left-mail.ts";
import { createPostOffice, type MailEvent } from "../../scripts/local/post-office.ts";
import { openStateFolder, writeSecrets } from "../../scripts/local/state-folder.ts";
import { createWrangler } from "../../scripts/local/wrangler.ts";
import { freePort } from "../support/network/free-port.ts";
import { npmStart, runtimes, startedProject, survivors, tickOfMinute } from "./npm-start.ts";

const LIMIT_MS = 240_000;
const UP_WITHIN_MS = 90_000;
const DIED = "the Worker's runtime (workerd) died";

const FAILING = `import { JobBase } from "#checker";
export class Failing extends JobBase {
  async execute(): Promise<boolean> { return false; }
}
`;

test(
  "whichever runtime is killed, all goes on; when they do nothing but die, it gives up with exit code 1",
  { timeout: LIMIT_MS },
  async () => {
    const project = await startedProject({ "jobs/Failing.ts": FAILING });
    const port = await freePort();
    const checker = npmStart(project, "--port", String(port), "--state", "state");
    await checker.shows(/mail {5}loopback delivered/, UP_WITHIN_MS);
    const started = [...checker.processes()];

    process.kill(runtimes(port).listener.pid, "SIGKILL");
    await checker.shows(/server {3}runs again/, UP_WITHIN_MS);
    started.push(...checker.processes());

    // State, mail and lines go on from where they were: told at the second failure, also when the runtime
    // dies before the post office has collected that.
    process.kill(checker.script.pid, "SIGSTOP");
    await tickOfMinute(port, join(project, "state"), 1);
    process.kill(runtimes(port).worker.pid, "SIGKILL");
    process.kill(checker.script.pid, "SIGCONT");
    const told = await checker.shows(
      /mail {5}→ admin@example\.com {2}"\[checker\] Failing.*" {2}(\S+\.eml)\n/,
      UP_WITHIN_MS,
    );
    expect(await readFile(join(project, told[1] ?? ""), "utf8")).toMatch(/^To: .*admin@example\.com/m);
    expect(checker.lines("job").filter((line) => line.startsWith("Failing"))).toEqual([
      expect.stringMatching(/^Failing is down \(first run\): /),
    ]);
    await checker.shows(/server {3}runs again[^]*server {3}runs again/, UP_WITHIN_MS);
    started.push(...checker.processes());
    expect(await (await fetch(`http://localhost:${port}/status`)).text()).toBe("True");

    process.kill(runtimes(port).listener.pid, "SIGKILL");
    expect(await checker.exited).toBe(1);
    expect(await survivors(started, 5_000)).toEqual([]);
    expect((await readdir(join(project, "state"))).toSorted()).toEqual(["database", "mail"]);
    expect(checker.lines("server")).toEqual([
      `${DIED}; starting it again`,
      expect.stringMatching(/^runs again after \d+\.\d s$/),
      `${DIED}; starting it again`,
      expect.stringMatching(/^runs again after \d+\.\d s$/),
    ]);
    expect(checker.lines("error")).toEqual([
      `${DIED}; 3 times now with less than 60 s of running in between, so it is not started again. ` +
        "Look for the reason in the lines above, then run npm start",
    ]);
  },
);

test(
  "a state folder that is removed ends it with exit code 1, and that is told once, whatever dies of it",
  { timeout: LIMIT_MS },
  async () => {
    const project = await startedProject();
    const state = join(project, "state");
    const port = await freePort();
    const checker = npmStart(project, "--port", String(port), "--state", "state");
    await checker.shows(/mail {5}loopback delivered/, UP_WITHIN_MS);
    const started = checker.processes();

    process.kill(checker.script.pid, "SIGSTOP");
    await rm(state, { recursive: true, maxRetries: 5 });
    process.kill(runtimes(port).worker.pid, "SIGKILL");
    process.kill(checker.script.pid, "SIGCONT");
    expect(await checker.exited).toBe(1);
    expect(await survivors(started, 5_000)).toEqual([]);
    expect(checker.lines("server")).toEqual([]);
    expect(checker.lines("error")).toEqual([
      expect.stringMatching(
        /^\S+\/state(\/\S+)? was removed while Checker ran, which can not go on without it; run npm start, which makes it anew$/,
      ),
    ]);
    // wrangler, which starts a dead runtime again by itself, may have made an empty database.
    const left = await readdir(state).catch(() => []);
    expect(left.filter((name) => name !== "database")).toEqual([]);
  },
);

test(
  "mail that the Worker had sent when a runtime died is handed out by the next server",
  { timeout: LIMIT_MS },
  async () => {
    const project = await startedProject();
    const port = await freePort();
    const folder = await openStateFolder(join(project, "state"));
    await writeSecrets(folder, "ADMIN_TOKEN='token'\n");
    const wrangler = createWrangler(project, folder);
    const start = (): Promise<DevServer> =>
      startDevServer({
        port,
        adminToken: "token",
        start(onLine) {
          const started = wrangler.dev(port, onLine);
          onTestFinished(() => started.stop());
          return started;
        },
        onLine: () => undefined,
        onBuildMended: () => undefined,
      });
    const server = await start();
    await server.worker.runScheduled("0 0 * * *", Math.floor(Date.now() / 60_000) * 60_000);
    const { mails } = await server.worker.sentMails(null);
    const raw = await server.worker.rawMail(mails[0]?.messageId ?? "");
    expect(new TextDecoder().decode(raw)).toMatch(/^Subject: .*checker-loopback-/m);

    process.kill(runtimes(port).worker.pid, "SIGKILL");
    expect(await server.died).toBe(DIED);
    const leftMail = takeLeftMail(folder.scratch);
    expect(leftMail).toEqual([{ mail: mails[0], raw }]);

    // wrangler itself has forgotten it.
    const next = await start();
    expect(await next.worker.sentMails(null)).toEqual({ mails: [], cursor: null });
    expect(await next.worker.status()).toBe("MailProblem");
    const events: MailEvent[] = [];
    await createPostOffice({
      worker: createLastingWorker({ current: () => Promise.resolve(next), leftMail: () => leftMail }),
      ownAddresses: ["checker@example.com"],
      mailFrom: "checker@example.com",
      folder: folder.mail,
      onEvent: (event) => events.push(event),
    }).collect();
    expect(events).toEqual([{ kind: "returned", mail: mails[0] }]);
    expect(await next.worker.status()).toBe("True");
  },
);
