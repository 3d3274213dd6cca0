/** What lists hand to the probes, with every default. */
import { beforeEach, expect, test, vi } from "vitest";
import { HTTPServerSpawner } from "../../src/checks/http-server.ts";
import { TCPServerSpawner } from "../../src/checks/tcp-server.ts";
import { TLSCertExpirationSpawner } from "../../src/checks/tls-expiration.ts";
import { up } from "../../src/core/outcome.ts";
import { jobContext, loadList } from "../support/fakes/jobs.ts";

const probe = vi.hoisted(() => vi.fn());
vi.mock("../../src/probes/http/http-probe.ts", () => ({ probeHttp: probe }));
vi.mock("../../src/probes/tcp-probe.ts", () => ({ probeTcp: probe }));
vi.mock("../../src/probes/tls/tls-probe.ts", () => ({ probeTls: probe }));

beforeEach(() => {
  probe.mockReset().mockResolvedValue(up());
});

/** The targets of all jobs of a list, as the probe is given them. */
async function targets(List: Parameters<typeof loadList>[0]): Promise<unknown[]> {
  const { jobs, fault } = await loadList(List);
  expect(fault).toBeNull();
  const context = jobContext();
  for (const { job } of jobs) await job.execute(context);
  expect(probe.mock.calls.every((call) => call[1] === context)).toBe(true);
  return probe.mock.calls.map((call) => call[0] as unknown);
}

test("an HTTP server is asked by GET for 200 within 10 s, unless it says otherwise", async () => {
  const List = class extends HTTPServerSpawner {
    override servers = [
      "https://a.example/",
      {
        url: "http://b.example/x",
        method: "POST",
        headers: { X: "1" },
        expectedStatuses: [201, 302],
        timeoutMs: 500,
      },
    ];
  };
  expect(await targets(List)).toEqual([
    { url: "https://a.example/", method: "GET", headers: {}, expectedStatuses: [200], timeoutMs: 10_000 },
    {
      url: "http://b.example/x",
      method: "POST",
      headers: { x: "1" },
      expectedStatuses: [201, 302],
      timeoutMs: 500,
    },
  ]);
});

test("a TCP server is given 10 s, unless it says otherwise", async () => {
  const List = class extends TCPServerSpawner {
    override servers = ["a.example:22", { address: "[2001:db8::1]:5432", timeoutMs: 500 }];
  };
  expect(await targets(List)).toEqual([
    { hostname: "a.example", port: 22, timeoutMs: 10_000 },
    { hostname: "2001:db8::1", port: 5432, timeoutMs: 500 },
  ]);
});

test("a certificate is read within 10 s, must be the host's own and have 30 days left, unless it says otherwise", async () => {
  const List = class extends TLSCertExpirationSpawner {
    override servers = [
      "a.example",
      { address: "192.0.2.1:993", serverName: "b.example", minDaysLeft: 14, timeoutMs: 500 },
    ];
  };
  expect(await targets(List)).toEqual([
    { hostname: "a.example", port: 443, serverName: "a.example", minDaysLeft: 30, timeoutMs: 10_000 },
    { hostname: "192.0.2.1", port: 993, serverName: "b.example", minDaysLeft: 14, timeoutMs: 500 },
  ]);
});

test("a TCP host that is not ASCII is asked for in its xn-- form, under the name that was given", async () => {
  const List = class extends TCPServerSpawner {
    override servers = ["müller.example:22"];
  };
  expect(await targets(List)).toMatchObject([{ hostname: "xn--mller-kva.example" }]);
  const { jobs } = await loadList(List);
  expect(jobs.map(({ job }) => [job.getName(), job.getStateName()])).toEqual([
    ["List müller.example:22", 'List["müller.example:22"]'],
  ]);
});

test("a TLS host and serverName that are not ASCII are asked for in their xn-- form", async () => {
  const List = class extends TLSCertExpirationSpawner {
    override servers = [{ address: "münchen.example", serverName: "straße。example" }];
  };
  expect(await targets(List)).toMatchObject([
    { hostname: "xn--mnchen-3ya.example", serverName: "xn--strae-oqa.example" },
  ]);
});
