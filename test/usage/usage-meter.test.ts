import { expect, test } from "vitest";
import { fakeContext, fakeNetwork } from "../support/fakes/ports.ts";
import { probeHttp } from "../../src/probes/http/http-probe.ts";
import { UsageMeter } from "../../src/usage/usage-meter.ts";

test("a request that was redirected is two", async () => {
  const meter = new UsageMeter();
  const answers = [{ redirected: false }, { redirected: true }];
  const network = meter.network(fakeNetwork({ fetch: () => Promise.resolve(answers.shift() as Response) }));
  await network.fetch("https://a.example/", {});
  expect(meter.requests).toBe(1);
  await network.fetch("https://b.example/", {});
  expect(meter.requests).toBe(3);
});

test("every redirect that a check follows is a request of its own", async () => {
  const meter = new UsageMeter();
  const answers = ["/1", "/2", "/3"].map(
    (location) => new Response(null, { status: 302, headers: { location } }),
  );
  const fetch = () => Promise.resolve(answers.shift() ?? new Response("fine"));
  const target = { url: "https://a.example/", method: "GET", headers: {}, expectedStatuses: [200] };
  const context = fakeContext(meter.network(fakeNetwork({ fetch })));
  await probeHttp({ ...target, timeoutMs: 1_000 }, context);
  expect(meter.requests).toBe(4);
});

test("what was taken is not given again, and peaks are those of the whole invocation", async () => {
  const meter = new UsageMeter();
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
