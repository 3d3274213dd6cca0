import { describe, expect, test } from "vitest";
import { TLSCertExpirationSpawner, type TLSServer } from "../../src/checks/tls-expiration.ts";
import { jobContext, loadList } from "../support/fakes/jobs.ts";

function list(...servers: readonly (string | TLSServer)[]) {
  return loadList(
    class extends TLSCertExpirationSpawner {
      override servers = servers;
    },
  );
}

describe("a list of TLS servers", () => {
  test("gives a job each, once a day, told every day from the first failure on", async () => {
    const { jobs, fault } = await list("a.example", "a.example:993", {
      address: "a.example",
      serverName: "b.example",
    });
    expect(fault).toBeNull();
    expect(jobs.map(({ jobKey, name }) => [jobKey, name])).toEqual([
      [`List["a.example"]`, "List a.example"],
      [`List["a.example:993"]`, "List a.example:993"],
      [`List["a.example","b.example"]`, "List a.example b.example"],
    ]);
    expect(jobs[0]).toMatchObject({
      frequency: "DAY",
      policy: { notifyOnFailureEvery: "EVERYDAY", numberFailuresBeforeNotification: 1 },
    });
  });

  test.each<[string | TLSServer, object]>([
    ["a.example", { hostname: "a.example", port: 443 }],
    ["a.example:993", { hostname: "a.example", port: 993 }],
    [
      { address: "192.0.2.1:8443", serverName: "a.example" },
      { hostname: "192.0.2.1", port: 8443 },
    ],
  ])("connects as %j says", async (entry, address) => {
    const { jobs } = await list(entry);
    const connected: unknown[] = [];
    await jobs[0]?.job.execute(
      jobContext({
        connect: (to) => {
          connected.push(to);
          throw new Error("enough is known");
        },
      }),
    );
    expect(connected[0]).toMatchObject(address);
  });

  test("takes no days as a limit, and ten years", async () => {
    expect(
      (await list({ address: "a.example", minDaysLeft: 0 }, { address: "b.example", minDaysLeft: 3650 }))
        .fault,
    ).toBeNull();
  });

  test("reports every wrong entry and runs all the others", async () => {
    const { jobs, fault } = await list("https://a.example/", "b.example", {
      address: "c.example",
      minDaysLeft: 1.5,
    });
    expect(jobs.map((job) => job.name)).toEqual(["List b.example"]);
    expect(fault).toBe(
      `entry 1: "https://a.example/" is not a host; write it like example.com or example.com:8443; ` +
        "entry 3: minDaysLeft of c.example is 1.5; give whole days from 0 to 3650",
    );
  });
});

describe("a wrong entry is refused:", () => {
  const address = "a.example";

  test.each<[string | TLSServer, string]>([
    ["", `"" is not a host; write it like example.com or example.com:8443`],
    ["a.example/x", `"a.example/x" is not a host; write it like example.com or example.com:8443`],
    ["a.example:70000", `the port in "a.example:70000" is 70000; give one from 1 to 65535`],
    [{ address, minDaysLeft: -1 }, "minDaysLeft of a.example is -1; give whole days from 0 to 3650"],
    [{ address, minDaysLeft: 3651 }, "minDaysLeft of a.example is 3651; give whole days from 0 to 3650"],
    [{ address, minDaysLeft: NaN }, "minDaysLeft of a.example is NaN; give whole days from 0 to 3650"],
    [
      { address, serverName: "" },
      `serverName of a.example is ""; give the name of a host, such as "example.com", or leave it out`,
    ],
    [
      { address, serverName: "https://b.example" },
      `serverName "https://b.example" is not a host; write it like example.com`,
    ],
    [
      { address, serverName: "b.example:443" },
      `serverName "b.example:443" is not a host; write it like example.com`,
    ],
    [
      { address, serverName: "*.b.example" },
      `the host in serverName "*.b.example" is a wildcard, which stands for no single host; give the name or address of one host`,
    ],
    [{ address, timeoutMs: 0.5 }, "timeoutMs is 0.5; give milliseconds from 1 to 25000"],
  ])("%j", async (entry, problem) => {
    expect(await list(entry)).toEqual({ jobs: [], fault: `entry 1: ${problem}` });
  });
});
