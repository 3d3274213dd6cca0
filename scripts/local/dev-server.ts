import { setTimeout as sleep } from "node:timers/promises";
import type { GuardedProcess } from "./guarded-process.ts";
import { heartbeatLost } from "./heartbeat.ts";
import { createLocalWorker, type LocalWorker } from "./local-worker.ts";
import { LOCAL_ADDRESS } from "./port.ts";
import { StartFailure } from "./start-failure.ts";
import type { GuardedProcessLine } from "./wrangler.ts";
import { createOutputFilter, type WorkerLine } from "./wrangler-output.ts";

/** One life of `wrangler dev`, with all processes that it starts. */
export interface DevServer {
  readonly worker: LocalWorker;
  /** Why it can not go on, in words for a person, once nothing of it runs any more. Never rejects. */
  readonly died: Promise<string>;
  /** The Worker's files can not be built. Until they can, requests wait. */
  buildIsBroken(): boolean;
}

export interface DevServerOptions {
  readonly port: number;
  readonly adminToken: string;
  /** Starts `wrangler dev` on that port. */
  readonly start: (onLine: GuardedProcessLine) => GuardedProcess;
  /** Called for what a person should see. */
  readonly onLine: (line: WorkerLine) => void;
  /** The Worker answers again after a build that was broken. */
  readonly onBuildMended: () => void;
  /** The pause between two questions whether it is well. */
  readonly askEveryMs?: number;
}

const READY_TIMEOUT_MS = 60_000;
/** Questions in a row that go unanswered, for up to 5 s each, before the server is taken for dead. */
const MISSES = 3;

/**
 * Starts a server and waits for its first answer. Throws StartFailure when there is none.
 *
 * wrangler runs two workerd: one listens on the port and hands the requests on to the other, which has the
 * Worker. It starts either again when it dies, but a new listener is not told where the Worker is, and
 * lets every request wait for ever. So the death of one is taken for the death of all.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const { port, adminToken, start, onLine, onBuildMended, askEveryMs = 5_000 } = options;
  const worker = createLocalWorker(`http://${LOCAL_ADDRESS}:${port}`, adminToken);
  let hasAnswered = false;
  let buildIsBroken = false;
  const dying = new AbortController();
  const crash = Promise.withResolvers<string>();

  const filters = { stdout: createOutputFilter(), stderr: createOutputFilter() };
  const process = start((text, output) => {
    const line = filters[output](text);
    // What the dying say of each other is no news.
    if (line === null || dying.signal.aborted) return;
    if (line.kind === "crash") {
      dying.abort();
      crash.resolve("the Worker's runtime (workerd) died");
      return;
    }
    if (line.kind === "broken build") buildIsBroken = true;
    onLine(line);
  });

  const bury = async (): Promise<void> => {
    dying.abort();
    process.kill();
    await process.exited;
  };
  const isWell = async (): Promise<boolean> => {
    const answers = await answersAtAll(worker);
    if (answers && buildIsBroken) {
      buildIsBroken = false;
      onBuildMended();
    }
    return answers || buildIsBroken || !hasAnswered;
  };
  const died = Promise.race([
    crash.promise,
    process.exited.then((code) => `wrangler ended by itself (exit code ${code})`),
    heartbeatLost({ isWell, everyMs: askEveryMs, misses: MISSES, signal: dying.signal }).then(
      () => "the Worker does not answer any more",
    ),
  ]).then((why) => bury().then(() => why));

  try {
    await firstAnswer(worker, died);
  } catch (thrown) {
    await bury();
    throw thrown;
  }
  hasAnswered = true;
  return { worker, died, buildIsBroken: () => buildIsBroken };
}

async function firstAnswer(worker: LocalWorker, died: Promise<string>): Promise<void> {
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    // Until the Worker is built, nobody listens or the request waits.
    const outcome = await Promise.race([died, answersAtAll(worker)]);
    if (outcome === true) return;
    if (outcome !== false) {
      throw new StartFailure(`the Worker did not start: ${outcome}; the lines above may say more`);
    }
    await sleep(100);
  }
  throw new StartFailure(
    `the Worker did not answer within ${READY_TIMEOUT_MS / 1000} s; start again, or see what wrangler dev says`,
  );
}

/** Whatever it says of itself. */
export function answersAtAll(worker: LocalWorker): Promise<boolean> {
  return worker.status().then(
    () => true,
    () => false,
  );
}
