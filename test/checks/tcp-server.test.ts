import { describe, expect, test } from "vitest";
import { TCPServerSpawner, type TCPServer } from "../../src/checks/tcp-server.ts";
import { fakeSocket } from "../support/fakes/ports.ts";
import { jobContext, loadList } from "../support/fakes/jobs.ts";

function list(...servers: readonly (string | TCPServer)[]) {
  return loadList(
    class extends TCPServerSpawner {
      override servers = servers;
    },
  );
}

describe("a list of TCP servers", () => {
  test("gives a job each, every minute, told on state change from the second failure on", async () => {
    const { jobs, fault } = await list("a.example:22", { address: "a.example:22", name: "again" });
    expect(fault).toBeNull();
    expect(jobs.map(({ jobKey, name }) => [jobKey, name])).toEqual([
      [`List["a.example:22"]`, "List a.example:22"],
      [`List["again"]`, "List again"],
    ]);
    expect(jobs[0]).toMatchObject({
      frequency: "MINUTE",
      policy: { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 2 },
    });
  });

  test.each([
    ["a.example:22", { hostname: "a.example", port: 22 }],
    ["192.0.2.1:65535", { hostname: "192.0.2.1", port: 65_535 }],
    ["localhost:1", { hostname: "localhost", port: 1 }],
    ["xn--zrich-kva.example:443", { hostname: "xn--zrich-kva.example", port: 443 }],
    ["a_b.example:22", { hostname: "a_b.example", port: 22 }],
  ])("connects to %s", async (entry, address) => {
    const { jobs } = await list(entry);
    const connected: unknown[] = [];
    const outcome = await jobs[0]?.job.execute(
      jobContext({
        connect: (to) => {
          connected.push(to);
          return fakeSocket(Promise.resolve());
        },
      }),
    );
    expect(connected).toEqual([address]);
    expect(outcome).toMatchObject({ status: "up" });
  });

  test("reports every wrong entry and runs all the others", async () => {
    const { jobs, fault } = await list("a.example", "a.example:22", "b.example:0", "a.example:22");
    expect(jobs.map((job) => job.name)).toEqual(["List a.example:22"]);
    expect(fault?.split("\n")).toEqual([
      `entry 1: "a.example" has no port; write it like a.example:22; ` +
        `entry 3: the port in "b.example:0" is 0; give one from 1 to 65535`,
      expect.stringContaining(`two jobs have the identity List["a.example:22"], twice in List`),
    ]);
  });
});

describe("a wrong entry is refused:", () => {
  test.each<[string | TCPServer, string]>([
    ["", `"" is not a host; write it like example.com:22`],
    [":22", `":22" is not a host; write it like example.com:22`],
    ["a.example:", `"a.example:" is not a host; write it like example.com:22`],
    ["a.example:ssh", `"a.example:ssh" is not a host; write it like example.com:22`],
    ["tcp://a.example:22", `"tcp://a.example:22" is not a host; write it like example.com:22`],
    ["a.example:22/x", `"a.example:22/x" is not a host; write it like example.com:22`],
    ["bob@a.example:22", `"bob@a.example:22" is not a host; write it like example.com:22`],
    ["a example:22", `"a example:22" is not a host; write it like example.com:22`],
    ["a.example:22\n", `"a.example:22\\n" is not a host; write it like example.com:22`],
    ["2001:db8::1:22", `"2001:db8::1:22" is not a host; write it like [2001:db8::1]:22`],
    ["[2001:db8::1]", `"[2001:db8::1]" has no port; write it like [2001:db8::1]:22`],
    [
      "[a.example]:22",
      `the host in "[a.example]:22" is not a host name; give the name or address of one host`,
    ],
    ["a.example:-1", `"a.example:-1" is not a host; write it like example.com:22`],
    ["a.example:65536", `the port in "a.example:65536" is 65536; give one from 1 to 65535`],
    ["a.example:00", `the port in "a.example:00" is 0; give one from 1 to 65535`],
    [{ address: "a.example:22", timeoutMs: -5 }, "timeoutMs is -5; give milliseconds from 1 to 25000"],
    [{ address: "a.example:22", timeoutMs: 60_000 }, "timeoutMs is 60000; give milliseconds from 1 to 25000"],
  ])("%j", async (entry, problem) => {
    expect(await list(entry)).toEqual({ jobs: [], fault: `entry 1: ${problem}` });
  });
});
