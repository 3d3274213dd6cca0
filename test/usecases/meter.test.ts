import { expect, test } from "vitest";
import { fakeNetwork } from "../support/fakes.ts";
import { Meter } from "../../src/usecases/meter.ts";

test("a request that was redirected is two", async () => {
  const meter = new Meter();
  const answers = [{ redirected: false }, { redirected: true }];
  const network = meter.network(fakeNetwork({ fetch: () => Promise.resolve(answers.shift() as Response) }));
  await network.fetch("https://a.example/", {});
  expect(meter.requests).toBe(1);
  await network.fetch("https://b.example/", {});
  expect(meter.requests).toBe(3);
});

test("what was taken is not given again, and peaks are those of the whole invocation", async () => {
  const meter = new Meter();
  const network = meter.network(fakeNetwork({ fetch: () => Promise.resolve(new Response("")) }));
  await Promise.all([network.fetch("https://a.example/", {}), network.fetch("https://b.example/", {})]);
  meter.onQueries(2, 30, 4, 9_000);
  meter.onQueries(0, 0, 0, 8_000);
  expect(meter.take()).toMatchObject({
    invocations: 1,
    requests: 2,
    queries: 2,
    rowsRead: 30,
    rowsWritten: 4,
    peakBytes: 9_000,
  });
  await network.fetch("https://c.example/", {});
  expect(meter.take()).toMatchObject({
    invocations: 0,
    requests: 1,
    peakRequests: 3,
    peakConnections: 2,
    queries: 0,
    rowsWritten: 0,
  });
});
