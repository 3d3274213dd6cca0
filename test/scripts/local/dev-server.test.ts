import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { startDevServer, type DevServer } from "../../../scripts/local/dev-server.ts";
import type { GuardedProcess } from "../../../scripts/local/guarded-process.ts";
import type { GuardedProcessLine } from "../../../scripts/local/wrangler.ts";
import { freePort } from "../../support/network/free-port.ts";

// With the real wrangler: test/e2e/deaths.test.ts.

const CRASH = "▲ [WARNING] The Workers runtime crashed unexpectedly and is being restarted (crash #1).";
const BROKEN = "✘ [ERROR] Build failed with 1 error:";

/** What wrangler starts, and prints. */
class FakeProcess implements GuardedProcess {
  print: GuardedProcessLine = () => undefined;
  isKilled = false;
  readonly #exit = Promise.withResolvers<number>();
  readonly exited = this.#exit.promise;
  exit(code: number): void {
    this.#exit.resolve(code);
  }
  kill(): void {
    this.isKilled = true;
    this.exit(137);
  }
  stop(): Promise<void> {
    this.exit(0);
    return Promise.resolve();
  }
}

let port: number;
let worker: Server;
let isSilent: boolean;
let process: FakeProcess;
let shown: string[];
beforeEach(async () => {
  port = await freePort();
  isSilent = false;
  process = new FakeProcess();
  shown = [];
  worker = createServer((request, response) => {
    if (isSilent) request.socket.destroy();
    else response.end("True");
  });
  await new Promise<void>((resolve) => {
    worker.listen(port, "127.0.0.1", resolve);
  });
});
afterEach(async () => {
  process.exit(0);
  await new Promise((resolve) => worker.close(resolve));
});

const start = (): Promise<DevServer> =>
  startDevServer({
    port,
    adminToken: "token",
    start(onLine) {
      process.print = onLine;
      return process;
    },
    onLine: ({ kind, text }) => shown.push(`${kind}: ${text}`),
    onBuildMended: () => shown.push("mended"),
    askEveryMs: 5,
  });

test("the death of a runtime ends all of it, and what is printed after it is not shown", async () => {
  const { worker, died } = await start();
  expect(await worker.status()).toBe("True");
  process.print("▲ [WARNING] of a job", "stderr");
  process.print(CRASH, "stderr");
  process.print("✘ [ERROR] connection lost", "stderr");
  expect(await died).toBe("the Worker's runtime (workerd) died");
  expect(process.isKilled).toBe(true);
  expect(shown).toEqual(["warning: of a job"]);
});

test("the end of wrangler is told with its exit code", async () => {
  const { died } = await start();
  process.exit(7);
  expect(await died).toBe("wrangler ended by itself (exit code 7)");
});

test("a Worker that does not answer any more is taken for dead", async () => {
  const { died } = await start();
  isSilent = true;
  expect(await died).toBe("the Worker does not answer any more");
  expect(process.isKilled).toBe(true);
});

test("a Worker that can not be built may be silent for as long as it takes", async () => {
  const server = await start();
  isSilent = true;
  process.print(BROKEN, "stderr");
  process.print("  ✘ [ERROR] no such file", "stderr");
  expect(server.buildIsBroken()).toBe(true);
  // Time for far more than three questions.
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(process.isKilled).toBe(false);
  isSilent = false;
  await expect.poll(() => server.buildIsBroken()).toBe(false);
  expect(shown).toEqual([
    "broken build: the Worker can not be built; no check runs until that is mended",
    "more:   ✘ [ERROR] no such file",
    "mended",
  ]);
  isSilent = true;
  expect(await server.died).toBe("the Worker does not answer any more");
});

test.each([
  ["exits", () => process.exit(1), "wrangler ended by itself (exit code 1)"],
  ["loses a runtime", () => process.print(CRASH, "stderr"), "the Worker's runtime (workerd) died"],
])("a server that %s before it has answered has not started", async (_, end, why) => {
  isSilent = true;
  const starting = start();
  setTimeout(end, 50);
  await expect(starting).rejects.toMatchObject({
    code: "START_FAILED",
    message: `the Worker did not start: ${why}; the lines above may say more`,
  });
});
