/**
 * Runs a command and ends with it, and ends it, with all that it started, when whoever started this
 * guard is gone. wrangler leaves its workerd processes running when it is killed, and does not notice
 * when its parent is; the guard does, because its standard input closes in whatever way the parent ends.
 *
 * It must lead a process group of its own (`detached`), so that the group is exactly what it started.
 */
import { spawn } from "node:child_process";

/** How long the group has between being asked and being killed. */
const GRACE_MS = 3_000;

const [command, ...args] = process.argv.slice(2);
if (command === undefined) throw new Error("guard: no command given");

function signalGroup(signal: NodeJS.Signals): void {
  try {
    process.kill(-process.pid, signal);
  } catch {
    // Nobody is left in the group.
  }
}

// The group's signals are meant for the command; the guard stays until the command has ended.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

let orphaned = false;
const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
child.once("error", (error) => {
  console.error(`✘ [ERROR] ${command} can not be started: ${error.message}`);
  process.exit(1);
});
child.once("exit", (code) => {
  // With the parent gone nobody else cleans up what a command that died has left behind.
  if (orphaned) signalGroup("SIGKILL");
  process.exit(code ?? 1);
});

process.stdin.resume();
for (const event of ["end", "close", "error"]) {
  process.stdin.once(event, () => {
    if (orphaned) return;
    orphaned = true;
    signalGroup("SIGTERM");
    setTimeout(() => {
      signalGroup("SIGKILL");
    }, GRACE_MS);
  });
}
