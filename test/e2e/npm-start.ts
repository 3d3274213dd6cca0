import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inject, onTestFinished } from "vitest";
import { createLocalWorker } from "../../scripts/local/local-worker.ts";
import { copyProject, removeProject } from "./project-copy.ts";

/** A copy of the project for one test. */
export async function newProject(files: Readonly<Record<string, string>> = {}): Promise<string> {
  const project = await copyProject(files);
  onTestFinished(() => removeProject(project));
  return project;
}

/** One in which Checker has been started before, with these state folders. */
export async function startedProject(
  files: Readonly<Record<string, string>> = {},
  states: readonly string[] = ["state"],
): Promise<string> {
  const project = await newProject(files);
  for (const name of states) await cp(inject("migratedState"), join(project, name), { recursive: true });
  return project;
}

/** `npm start` in `project`, ended with the test at the latest. */
export function npmStart(project: string, ...args: readonly string[]): NpmStart {
  const started = new NpmStart(project, ...args);
  onTestFinished(() => started.end());
  return started;
}

/** `npm start` as a person in a terminal starts it: npm leads a process group, which gets the Ctrl-C. */
class NpmStart {
  readonly #child: ChildProcess;
  /** npm's exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** All that was printed so far. */
  output = "";
  #ended = false;

  constructor(project: string, ...args: readonly string[]) {
    // What vitest and an outer npm set, a person's shell has not.
    const ours = /^(npm_|NODE_|VITEST|VITE_|FORCE_COLOR|NO_COLOR|TEST$)/;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !ours.test(name)));
    this.#child = spawn("npm", ["start", "--", ...args], {
      cwd: project,
      env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.exited = new Promise((resolve) => {
      this.#child.once("close", (code) => {
        this.#ended = true;
        resolve(code);
      });
    });
  }

  /** The first match in the output, once it is there. */
  async shows(pattern: RegExp, withinMs = 60_000): Promise<RegExpExecArray> {
    const deadlineMs = performance.now() + withinMs;
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.#ended || performance.now() > deadlineMs) {
        throw new Error(`${String(pattern)} did not appear in:\n${this.output}`);
      }
      await sleep(50);
    }
  }

  /** Lines that begin with a time of day, without it. */
  lines(label: string): readonly string[] {
    const lines = this.output.split("\n").map((line) => /^\d\d:\d\d:\d\d {2}(\w+) +(.*)$/.exec(line));
    return lines.flatMap((match) => (match?.[1] === label ? [match[2] ?? ""] : []));
  }

  /** What Ctrl-C does: everything in the terminal's group gets the signal, npm and its shell as well. */
  pressCtrlC(): void {
    process.kill(-this.#pid, "SIGINT");
  }

  /** npm and all its descendants. */
  processes(): readonly ProcessInfo[] {
    return descendants(this.#pid);
  }

  /** The project's own process, which starts the others. */
  get script(): ProcessInfo {
    const script = this.processes().findLast(({ command }) => /^\S*node scripts\/start\.ts/.test(command));
    if (script === undefined) throw new Error(`npm started no script:\n${this.output}`);
    return script;
  }

  /** Ends whatever a failed test left running. What npm started notices by itself that npm is gone. */
  async end(): Promise<void> {
    if (this.#ended) return;
    const left = this.processes();
    this.#child.kill("SIGTERM");
    await Promise.race([this.exited, sleep(10_000)]);
    for (const { pid } of left.filter((each) => isRunning(each))) process.kill(pid, "SIGKILL");
  }

  get #pid(): number {
    if (this.#child.pid === undefined) throw new Error("npm did not start");
    return this.#child.pid;
  }
}

/**
 * Fires the cron event of a minute that has not come yet, at most two from now: a test can not wait for the clock.
 *
 * @param state folder of the instance, which says what its own clock knows
 */
export async function tickOfMinute(port: number, state: string, minutesFromNow: number): Promise<void> {
  const secrets = await readFile(join(state, "secrets.env"), "utf8");
  const token = /^ADMIN_TOKEN='(.*)'$/m.exec(secrets)?.[1] ?? "";
  const timeMs = (Math.floor(Date.now() / 60_000) + minutesFromNow) * 60_000;
  await createLocalWorker(`http://localhost:${port}`, token).runScheduled("1-59 * * * *", timeMs);
}

export interface ProcessInfo {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: string;
}

/** The processes that still run after `withinMs`; returns as soon as there are none. */
export async function survivors(
  processes: readonly ProcessInfo[],
  withinMs: number,
): Promise<readonly ProcessInfo[]> {
  const deadlineMs = performance.now() + withinMs;
  let running = processes.filter(isRunning);
  while (running.length > 0 && performance.now() < deadlineMs) {
    await sleep(100);
    running = processes.filter(isRunning);
  }
  return running;
}

/** The two runtimes of the `npm start` that serves `port`: the one that listens, and that of the Worker. */
export function runtimes(port: number): { readonly listener: ProcessInfo; readonly worker: ProcessInfo } {
  const guard = listProcesses().find(
    ({ command }) => command.includes("guard.ts") && command.includes(` --port=${port} `),
  );
  const found = descendants(guard?.pid ?? -1).filter(({ command }) => command.includes("workerd serve"));
  const listens = ({ command }: ProcessInfo): boolean => command.includes(`=127.0.0.1:${port} `);
  const [listener, worker] = [found.find(listens), found.find((each) => !listens(each))];
  if (listener === undefined || worker === undefined) {
    throw new Error(`not two runtimes: ${JSON.stringify(found)}`);
  }
  return { listener, worker };
}

function descendants(pid: number): readonly ProcessInfo[] {
  const all = listProcesses();
  const found = all.filter((each) => each.pid === pid);
  // Grows while it is walked: children of children follow.
  for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
  return found;
}

function isRunning(process: ProcessInfo): boolean {
  // The command too: numbers are given out again.
  return listProcesses().some(({ pid, command }) => pid === process.pid && command === process.command);
}

function listProcesses(): readonly ProcessInfo[] {
  const listed = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,stat=,args="], { encoding: "utf8" });
  return listed.split("\n").flatMap((line) => {
    const [, pid, parent, state, command] = /^ *(\d+) +(\d+) +(\S+) +(.*)$/.exec(line) ?? [];
    // Ended, but not yet taken note of by its parent.
    if (state === undefined || state.startsWith("Z")) return [];
    return [{ pid: Number(pid), parent: Number(parent), command: command ?? "" }];
  });
}
