import { expect, test } from "vitest";
import { explainedNetwork } from "../../../src/probes/http/explained-network.ts";
import { fakeNetwork, fakeSocket } from "../../support/fakes.ts";

const LOST = new Error("Network connection lost.");
const URL_TEXT = "http://a.example/";

/** What fetch of the explained network throws when the real one throws `thrown`, with every port closed. */
async function explained(thrown: Error, init: RequestInit = {}): Promise<unknown> {
  const network = fakeNetwork({
    fetch: () => Promise.reject(thrown),
    connect: () => fakeSocket(Promise.reject(new Error("proxy request failed"))),
  });
  return explainedNetwork(network)
    .fetch(URL_TEXT, init)
    .then(
      () => "nothing",
      (error: unknown) => error,
    );
}

test("an exception that names no cause becomes one that does, and keeps the first", async () => {
  expect(await explained(LOST)).toEqual(new Error("connection refused", { cause: LOST }));
  const internal = new Error("internal error; reference = abc123");
  expect(await explained(internal)).toEqual(
    new Error("host name not found or host unreachable", { cause: internal }),
  );
});

test("an exception that names its cause comes through as it is", async () => {
  const limit = new Error("Too many subrequests.");
  expect(await explained(limit)).toBe(limit);
  const wrong = new TypeError("Invalid URL");
  expect(await explained(wrong)).toBe(wrong);
});

test("an abort comes through as it is, whatever was thrown", async () => {
  expect(await explained(LOST, { signal: AbortSignal.abort() })).toBe(LOST);
});

test("an answer and a connection come through as they are", async () => {
  const answer = new Response("well");
  const socket = fakeSocket(Promise.resolve());
  const network = explainedNetwork({ fetch: () => Promise.resolve(answer), connect: () => socket });
  expect(await network.fetch(URL_TEXT, {})).toBe(answer);
  expect(network.connect({ hostname: "a.example", port: 1 })).toBe(socket);
});
