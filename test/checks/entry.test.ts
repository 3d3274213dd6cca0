/** Errors of entries by their stable codes, and what is just inside the borders. */
import { describe, expect, test } from "vitest";
import { parseHostAndPort, parsePort, parseTimeoutMs } from "../../src/checks/entry.ts";
import { HTTPServerJob, HTTPServerSpawner, type HTTPServer } from "../../src/checks/http-server.ts";
import type { ListRules } from "../../src/checks/list-spawner.ts";
import { TCPServerSpawner } from "../../src/checks/tcp-server.ts";
import { TLSCertExpirationJob, TLSCertExpirationSpawner } from "../../src/checks/tls-expiration.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import { JobError } from "../../src/job-sdk/job-error.ts";
import { SETTINGS } from "../support/fakes/ports.ts";
import { loadList } from "../support/fakes/jobs.ts";

const config = jobConfig("List", SETTINGS);
const rules: ListRules = {
  executeEvery: () => "MINUTE",
  notifyOnFailureEvery: () => "EVERYTIME",
  numberFailuresBeforeNotification: () => 1,
  confirmFailure: () => ({ retries: 0, delayMs: 0 }),
  getGroup: () => "List",
  isPublic: () => false,
  maintenance: () => [],
};

/** A list as an author without a compiler may write it. */
const listOf = (
  Base: typeof HTTPServerSpawner | typeof TCPServerSpawner | typeof TLSCertExpirationSpawner,
  servers: readonly unknown[],
): Parameters<typeof loadList>[0] => {
  abstract class Written extends (Base as typeof HTTPServerSpawner) {}
  return class extends Written {
    override servers = servers as readonly string[];
  };
};

function codeOf(make: () => unknown): string {
  try {
    make();
  } catch (error) {
    return error instanceof JobError ? error.code : String(error);
  }
  return "none";
}

describe("the code of an error is", () => {
  test.each([
    ["E_TIMEOUT", () => parseTimeoutMs(0, 1)],
    ["E_PORT", () => parsePort(0, "x")],
    ["E_HOST", () => parseHostAndPort("", null)],
    ["E_PORT", () => parseHostAndPort("a.example", null)],
    ["E_PORT", () => parseHostAndPort("a.example:70000", null)],
    ["E_DAYS", () => new TLSCertExpirationJob(config, rules, { address: "a.example", minDaysLeft: -1 })],
  ])("%s", (code, make) => {
    expect(codeOf(make)).toBe(code);
  });

  test.each<[string, Partial<HTTPServer>]>([
    ["E_URL", { url: "x" }],
    ["E_URL", { url: "https://a:b@a.example/" }],
    ["E_STATUS", { expectedStatuses: [] }],
    ["E_METHOD", { method: "TRACE" }],
    ["E_METHOD", { method: "CONNECT" }],
    ["E_HEADER", { headers: { "": "x" } }],
    ["E_NAME", { name: "" }],
    ["none", {}],
  ])("%s for the HTTP server %j", (code, entry) => {
    expect(codeOf(() => new HTTPServerJob(config, rules, { url: "https://a.example/", ...entry }))).toBe(
      code,
    );
  });
});

test("the code of an error is E_JOB_ARGUMENT for a name that is too long for a key", () => {
  const entry = { url: "https://a.example/", name: "x".repeat(600) };
  expect(codeOf(() => new HTTPServerJob(config, rules, entry))).toBe("E_JOB_ARGUMENT");
});

describe("just inside the borders are", () => {
  test("time-outs of a millisecond and of 25 s", () => {
    expect([1, 25_000].map((ms) => parseTimeoutMs(ms, 5))).toEqual([1, 25_000]);
    expect(parseTimeoutMs(undefined, 5)).toBe(5);
  });

  test("the ports 1 and 65535", () => {
    expect([1, 65_535].map((port) => parsePort(port, "x"))).toEqual([1, 65_535]);
  });

  test("the statuses 100 and 999, and days from 0 to ten years", () => {
    const url = "https://a.example/";
    expect(codeOf(() => new HTTPServerJob(config, rules, { url, expectedStatuses: [100, 999] }))).toBe(
      "none",
    );
    for (const minDaysLeft of [0, 3650]) {
      expect(
        codeOf(() => new TLSCertExpirationJob(config, rules, { address: "a.example", minDaysLeft })),
      ).toBe("none");
    }
  });
});

describe("a host is given", () => {
  test.each([
    ["a.example", { hostname: "a.example", port: 443 }],
    ["a.example:8443", { hostname: "a.example", port: 8443 }],
    ["[2001:db8::1]", { hostname: "2001:db8::1", port: 443 }],
    ["[2001:db8::1]:22", { hostname: "2001:db8::1", port: 22 }],
    ["[::FFFF:192.0.2.1]:22", { hostname: "::ffff:c000:201", port: 22 }],
    ["müller.example:22", { hostname: "xn--mller-kva.example", port: 22 }],
    ["XN--MLLER-KVA.example:22", { hostname: "xn--mller-kva.example", port: 22 }],
    ["_imaps._tcp.a.example.:993", { hostname: "_imaps._tcp.a.example.", port: 993 }],
  ])("in its parts: %s", (text, parts) => {
    expect(parseHostAndPort(text, 443)).toEqual(parts);
  });
});

describe("a host and port is refused:", () => {
  test.each([
    ["*.example.com:22", `the host in "*.example.com:22" is a wildcard, which stands for no single host`],
    ["a..example:22", `the host in "a..example:22" has nothing between two dots`],
    ["[fe80::1%eth0]:22", `the host in "[fe80::1%eth0]:22" names a zone (%) of one machine`],
    ["[::1::]:22", `the host in "[::1::]:22" is not an IPv6 address`],
  ])("%s", (text, problem) => {
    expect(() => parseHostAndPort(text, null)).toThrow(`${problem}; give the name or address of one host`);
  });

  test.each([
    ["https://a.example:22", `"https://a.example:22" is not a host; write it like example.com:22`],
    ["2001:db8::1", `"2001:db8::1" is not a host; write it like [2001:db8::1]:22`],
    ["bob:secret@a.example:22", `"bob:…@a.example:22" is not a host; write it like example.com:22`],
    ["a.example:22 ", `"a.example:22 " is not a host; write it like example.com:22`],
    ["a.example:65536", `the port in "a.example:65536" is 65536; give one from 1 to 65535`],
    ["a.example:0", `the port in "a.example:0" is 0; give one from 1 to 65535`],
  ])("%s", (text, problem) => {
    expect(() => parseHostAndPort(text, null)).toThrow(problem);
  });
});

describe("an entry that is written wrongly is told with what is wrong and what to write:", () => {
  const HTTP = `"https://example.com/" or { url: "https://example.com/", expectedStatuses: [200, 302] }`;
  const OF_HTTP =
    "the options are url, name, method, headers, expectedStatuses, timeoutMs, group, isPublic, maintenance";

  test.each([
    [
      HTTPServerSpawner,
      { url: "https://a.example/", expectedStatus: [204] },
      `there is no option "expectedStatus"; ${OF_HTTP}`,
    ],
    [
      HTTPServerSpawner,
      { url: "https://a.example/", timeout: 5, Method: "HEAD" },
      `there is no option "timeout", "Method"; ${OF_HTTP}`,
    ],
    [HTTPServerSpawner, { name: "web" }, `url is missing; write ${HTTP}`],
    [HTTPServerSpawner, { url: 7 }, `url is 7; write ${HTTP}`],
    [HTTPServerSpawner, ["https://a.example/"], `["https://a.example/"] is not an entry; write ${HTTP}`],
    [HTTPServerSpawner, null, `null is not an entry; write ${HTTP}`],
    [HTTPServerSpawner, undefined, `undefined is not an entry; write ${HTTP}`],
    [
      TCPServerSpawner,
      { host: "a.example", port: 22 },
      `there is no option "host", "port"; the options are address, name, timeoutMs, group, isPublic, maintenance`,
    ],
    [
      TCPServerSpawner,
      { name: "db" },
      `address is missing; write "example.com:22" or { address: "example.com:22", timeoutMs: 5_000 }`,
    ],
    ...["", "  ", 5, null].map((name): [typeof HTTPServerSpawner, object, string] => [
      HTTPServerSpawner,
      { url: "https://a.example/", name },
      `name of https://a.example/ is ${JSON.stringify(name)}; give a text, or leave it out to use https://a.example/`,
    ]),
    [
      TCPServerSpawner,
      { address: "a.example:22", name: "" },
      `name of a.example:22 is ""; give a text, or leave it out to use a.example:22`,
    ],
    [
      TCPServerSpawner,
      { address: "a.example:22", name: 5 },
      "name of a.example:22 is 5; give a text, or leave it out to use a.example:22",
    ],
    [
      TLSCertExpirationSpawner,
      { address: "a.example", serverName: 5 },
      `serverName of a.example is 5; give the name of a host, such as "example.com", or leave it out`,
    ],
    [
      TLSCertExpirationSpawner,
      { address: "a.example", days: 14 },
      `there is no option "days"; the options are address, serverName, minDaysLeft, timeoutMs, group, isPublic, maintenance`,
    ],
    [
      TLSCertExpirationSpawner,
      { serverName: "a.example" },
      `address is missing; write "example.com" or { address: "example.com:8443", minDaysLeft: 14 }`,
    ],
  ])("%o %j", async (Base, entry, text) => {
    const { jobs, fault } = await loadList(listOf(Base, [entry, "a.example:443"]));
    expect(fault?.split("; entry 2")[0]).toBe(`entry 1: ${text}`);
    // The right ones run on; what is right for the other two kinds is none for HTTP.
    expect(jobs).toHaveLength(Base === HTTPServerSpawner ? 0 : 1);
  });
});

describe("two entries that are one job are told with what tells entries of their kind apart:", () => {
  const twins = (jobKey: string): string =>
    `two jobs have the identity List${jobKey}, twice in List; only the first runs.`;

  test.each([
    [
      HTTPServerSpawner,
      ["https://a.example/", { url: "https://a.example/", method: "HEAD" }],
      `${twins(`["https://a.example/"]`)} Remove one of them, or give it a name of its own: { url, name }.`,
    ],
    [
      TCPServerSpawner,
      ["a.example:22", { address: "b.example:22", name: "a.example:22" }],
      `${twins(`["a.example:22"]`)} Remove one of them, or give it a name of its own: { address, name }.`,
    ],
    [
      TLSCertExpirationSpawner,
      ["a.example", { address: "a.example", minDaysLeft: 7 }],
      `${twins(`["a.example"]`)} Remove one of them, or give it another port or serverName: { address, serverName }.`,
    ],
  ])("%o %j", async (Base, servers, text) => {
    const { jobs, fault } = await loadList(listOf(Base, servers));
    expect(fault).toBe(text);
    expect(jobs).toHaveLength(1);
  });
});

describe("what an author without a compiler may write is told with its value and remedy:", () => {
  const faultOf = async (servers: unknown): Promise<string | null> => {
    const List = class extends HTTPServerSpawner {
      override servers = servers as readonly string[];
    };
    return (await loadList(List)).fault;
  };

  test.each([
    [undefined, "servers is missing; write override servers = [ … ], a list of entries"],
    [
      "https://a.example/",
      'servers is "https://a.example/"; write override servers = [ … ], a list of entries',
    ],
    [
      [{ url: "https://a.example/", expectedStatuses: 200 }],
      "entry 1: expectedStatuses of https://a.example/ is 200; give a list of numbers, such as [200, 302]",
    ],
    [
      [{ url: "https://a.example/", expectedStatuses: ["200"] }],
      'entry 1: expectedStatuses of https://a.example/ is ["200"]; give a list of numbers, such as [200, 302]',
    ],
    [
      [{ url: "https://a.example/", timeoutMs: "5000" }],
      'entry 1: timeoutMs is "5000"; give milliseconds from 1 to 25000',
    ],
  ])("%j", async (servers, text) => {
    expect(await faultOf(servers)).toBe(text);
  });
});
