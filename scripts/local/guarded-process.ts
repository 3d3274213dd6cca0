import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A command that runs with all its descendants in a group of its own, and ends with this process. */
export interface GuardedProcess {
  /** The exit code, once the command and all that it started are gone. Never rejects. */
  readonly exited: Promise<number>;
  /** Asks the whole group to end, kills what is left after 5 s, and waits. */
  stop(): Promise<void>;
  /** Kills the whole group now. */
  kill(): void;
}

export interface GuardedCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Called for each line of both outputs, without its end. */
  readonly onLine: (line: string, output: "stdout" | "stderr") => void;
}

const STOP_TIMEOUT_MS = 5_000;

/**
 * Starts the command under guard.ts. A group of its own also keeps the terminal's Ctrl-C away from it:
 * the last mail can be collected before the Worker ends.
 */
export function startGuarded({ command, cwd, env, onLine }: GuardedCommand): GuardedProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, "guard.ts"), ...command], {
    cwd,
    env,
    detached: true,
    // The guard reads the first as "my parent lives"; nothing is ever written to it.
    stdio: ["pipe", "pipe", "pipe"],
  });
  for (const output of ["stdout", "stderr"] as const) {
    createInterface({ input: child[output] }).on("line", (line) => {
      onLine(line, output);
    });
  }
  child.stdin.on("error", () => undefined);
  let running = true;
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // The group is empty.
    }
  };
  const exited = new Promise<number>((resolve) => {
    let exitCode = 1;
    child.once("error", (error) => {
      onLine(`✘ [ERROR] ${error.message}`, "stderr");
      running = false;
      resolve(1);
    });
    child.once("exit", (code) => {
      running = false;
      exitCode = code ?? 1;
      // Whatever outlived the command, such as workerd after a crash of wrangler.
      signalGroup("SIGKILL");
    });
    // After "exit" the outputs may still hold the last lines, the ones that say why.
    child.once("close", () => {
      resolve(exitCode);
    });
  });
  return {
    exited,
    async stop() {
      if (!running) return;
      signalGroup("SIGTERM");
      const timer = setTimeout(() => {
        signalGroup("SIGKILL");
      }, STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    },
    kill() {
      if (running) signalGroup("SIGKILL");
    },
  };
}
