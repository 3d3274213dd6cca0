import type { Terminal } from "./terminal.ts";
import { randomBytes } from "node:crypto";
import type { GuardedProcess } from "./guarded-process.ts";
import type { StartOptions } from "./options.ts";
import { prepare } from "./prepare.ts";
import { serve } from "./serve.ts";
import { StartFailure } from "./start-failure.ts";
import type { StateFolder } from "./state-folder.ts";
import { listenForStop } from "./stop-signal.ts";

/** As after a second Ctrl-C in most programs: 128 and the number of SIGINT. */
const FORCED_EXIT_CODE = 130;

/**
 * Runs Checker on this machine until it is stopped or dies, ends all that it started, and gives the exit
 * code: 0 when a person or the system ended it, 1 when it could not start or go on.
 */
export async function run(options: StartOptions, root: string, terminal: Terminal): Promise<number> {
  const processes: GuardedProcess[] = [];
  let folder: StateFolder | null = null;
  const stop = listenForStop({
    onStop: (reason) => terminal.print(`\nStopping (${reason}) …`),
    onForce() {
      for (const started of processes) started.kill();
      folder?.release();
      process.exit(FORCED_EXIT_CODE);
    },
  });

  try {
    const preparing = prepare(options, root, randomBytes(32).toString("hex"), terminal, {
      beforeProcess: () => stop.signal.throwIfAborted(),
      onProcess: (started) => processes.push(started),
      onFolder: (opened) => {
        folder = opened;
      },
    });
    const prepared = await Promise.race([preparing, stop.requested.then(() => null)]);
    return prepared === null ? 0 : await serve(prepared, options.port, root, terminal, stop);
  } catch (thrown) {
    if (!(thrown instanceof StartFailure)) throw thrown;
    terminal.print(thrown.message);
    return 1;
  } finally {
    await Promise.all(processes.map((started) => started.stop()));
    // Assigned in a callback, which the compiler does not follow.
    (folder as StateFolder | null)?.release();
  }
}
