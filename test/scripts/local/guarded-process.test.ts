import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startGuarded, type GuardedProcess } from "../../../scripts/local/guarded-process.ts";

const local = join(import.meta.dirname, "../../../scripts/local");

/** A program with a child of its own that ignores every polite signal; it prints both numbers. */
const STUBBORN = `
  const { spawn } = require("node:child_process");
  const child = spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('ready')"],
    { stdio: ["ignore", "pipe", "ignore"] });
  child.stdout.once("data", () => console.log([process.pid, child.pid].join(" ")));
  process.once("SIGTERM", () => process.exit(3));
`;

function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  // Z: it has ended, and its parent has not taken note. In containers that can last for seconds.
  return /^[^Z]/.test(stdout.trim());
}

async function areGone(pids: readonly number[], withinMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + withinMs;
  while (pids.some(isAlive)) {
    if (performance.now() > deadlineMs) return false;
    await sleep(20);
  }
  return true;
}

function start(code: string): { started: GuardedProcess; firstLine: Promise<string> } {
  const { promise: firstLine, resolve } = Promise.withResolvers<string>();
  const command = [process.execPath, "-e", code];
  const started = startGuarded({ command, cwd: local, env: process.env, onLine: (line) => resolve(line) });
  return { started, firstLine };
}

const numbers = (line: string): readonly number[] => line.split(" ").map(Number);

test("the exit code and the last line of a command arrive", async () => {
  const { started, firstLine } = start("console.error('why'); process.exit(7)");
  expect(await started.exited).toBe(7);
  expect(await firstLine).toBe("why");
});

test("stopping ends the command and what it started, however stubborn that is", async () => {
  const { started, firstLine } = start(STUBBORN);
  const pids = numbers(await firstLine);
  await started.stop();
  expect(await started.exited).toBe(3);
  expect(await areGone(pids, 2_000)).toBe(true);
});

test("killing ends everything at once", async () => {
  const { started, firstLine } = start(STUBBORN);
  const pids = numbers(await firstLine);
  started.kill();
  expect(await areGone(pids, 2_000)).toBe(true);
});

test("when its starter is killed, the command and what it started end by themselves", async () => {
  const code = `
    import { startGuarded } from ${JSON.stringify(join(local, "guarded-process.ts"))};
    startGuarded({ command: [process.execPath, "-e", ${JSON.stringify(STUBBORN)}], cwd: ".", env: process.env,
      onLine: (line) => console.log(line) });
  `;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", code], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: starter.stdout });
  const [line] = (await once(lines, "line")) as [string];
  starter.kill("SIGKILL");
  // 3 s for the polite signal, then the other one.
  expect(await areGone(numbers(line), 8_000)).toBe(true);
});
