import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createLocalWorker, type LocalWorker } from "../../../scripts/local/local-worker.ts";

/** Word for word from wrangler 4.164. */
const RELOADED =
  "Your worker restarted mid-request. Please try sending the request again. Only GET or HEAD requests are retried automatically.";

/** A Worker behind a server that answers everything so. */
async function answering(answer: (response: ServerResponse) => void): Promise<LocalWorker> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => answer(response));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
  return createLocalWorker(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, "token");
}

const raw = new TextEncoder().encode("raw");

test("an event or a message that meets a reload has no answer, and is no failure or refusal", async () => {
  const worker = await answering((response) => response.writeHead(503).end(RELOADED));
  const reloaded = { code: "NO_ANSWER", message: "the Worker was reloaded" };
  await expect(worker.runScheduled("* * * * *", 0)).rejects.toMatchObject(reloaded);
  await expect(worker.deliver("a@x", "b@x", raw)).rejects.toMatchObject(reloaded);
});

test("a failure and a refusal of the Worker itself are answers", async () => {
  const worker = await answering((response) => response.writeHead(503).end("exception"));
  await expect(worker.runScheduled("* * * * *", 0)).rejects.toMatchObject({
    code: "ERROR_ESCAPED",
    message: "the Worker ended it with: exception",
  });
  expect(await worker.deliver("a@x", "b@x", raw)).toBe("exception");
});

test("what else ends an event is a failure of another kind, as wrangler does not print it", async () => {
  const worker = await answering((response) => response.writeHead(500).end("exceededCpu"));
  await expect(worker.runScheduled("* * * * *", 0)).rejects.toThrow(
    new Error("the Worker ended it with: exceededCpu"),
  );
});

test("a connection that ends without an answer has none", async () => {
  const worker = await answering((response) => response.socket?.destroy());
  await expect(worker.status()).rejects.toMatchObject({ code: "NO_ANSWER", message: "ECONNRESET" });
});
