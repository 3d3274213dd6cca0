/** The reference targets, in the real runtime over real connections. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { answer, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import { FAILURES } from "../support/d1/counted-failures.ts";
import { BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

let reference: HttpTarget;

beforeAll(async () => {
  reference = await startHttpTarget();
});
beforeEach(() => {
  reference.reset();
  // As Cloudflare answers for a server that it cannot reach. The harness makes a 500 of what it cannot reach.
  reference.set("/dead", answer(521, "error code: 521"));
});
afterAll(() => reference.close());

// No name of this ending is ever found: as if everything out there were gone.
const SERVERS = ["http://one.invalid/", "http://two.invalid/"];

const suite = useWorkers(() => [
  {
    name: "connected",
    vars: { JOBS: ["WebServers"], SERVERS, REFERENCE_TARGETS: [`${reference.url}/status/404`] },
  },
  { name: "cut-off", vars: { JOBS: ["WebServers"], SERVERS, REFERENCE_TARGETS: [`${reference.url}/dead`] } },
]);

test("servers that fail while a reference target answers are told, whatever it answers", async () => {
  const checker = suite.checker("connected");
  await checker.tick(BASE);
  await checker.tick(BASE + MINUTE);
  expect((await suite.mails()).map(({ subject }) => subject)).toEqual(["[connected] 2 down"]);
  expect(reference.requests.map(({ path }) => path)).toEqual(["/status/404", "/status/404"]);
});

test("servers that fail together with the reference targets are not judged, and the admin is told of the cause", async () => {
  const checker = suite.checker("cut-off");
  await checker.tick(BASE);
  await checker.tick(BASE + MINUTE);
  await checker.tick(BASE + 2 * MINUTE);
  expect((await suite.mails()).map(({ subject }) => subject)).toEqual([
    "[cut-off] This Checker is cut off from the network",
  ]);
  expect(await checker.sql(`SELECT job, status, ${FAILURES} FROM job_state ORDER BY job`)).toEqual([
    { job: 'WebServers["http://one.invalid/"]', status: "inconclusive", failures: 0 },
    { job: 'WebServers["http://two.invalid/"]', status: "inconclusive", failures: 0 },
    { job: "checker:connectivity", status: "down", failures: 3 },
  ]);
});
