import { describe, expect, test } from "vitest";
import { HTTPServerSpawner, type HTTPServer } from "../../src/checks/http-server.ts";
import { jobContext, loadList } from "../support/fakes/jobs.ts";

function list(...servers: readonly (string | HTTPServer)[]) {
  return loadList(
    class extends HTTPServerSpawner {
      override servers = servers;
    },
  );
}

/** What is asked for one entry: the only fetch, as made. */
async function asked(server: string | HTTPServer): Promise<{ url: string; init: RequestInit }> {
  const { jobs, fault } = await list(server);
  expect(fault).toBeNull();
  const calls: { url: string; init: RequestInit }[] = [];
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    calls.push({ url, init });
    return Promise.resolve(new Response("fine"));
  };
  await jobs[0]?.job.execute(jobContext({ fetch }));
  const [call] = calls;
  if (call === undefined) throw new Error("nothing was asked");
  return call;
}

describe("a list of HTTP servers", () => {
  test("gives a job each, every minute, told on state change from the second failure on", async () => {
    const { jobs, fault } = await list("https://a.example/", { url: "http://b.example/x?y=1" });
    expect(fault).toBeNull();
    expect(jobs.map(({ jobKey, name }) => [jobKey, name])).toEqual([
      [`List["https://a.example/"]`, "List https://a.example/"],
      [`List["http://b.example/x?y=1"]`, "List http://b.example/x?y=1"],
    ]);
    expect(jobs[0]).toMatchObject({
      frequency: "MINUTE",
      policy: { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 2 },
      timeLimitMs: 30_000,
    });
  });

  test("takes its owner's own timing for every job", async () => {
    const { jobs } = await loadList(
      class extends HTTPServerSpawner {
        override servers = ["https://a.example/"];
        override executeEvery = () => "HOUR" as const;
        override notifyOnFailureEvery = () => "EVERYDAY" as const;
        override numberFailuresBeforeNotification = () => 10 as const;
      },
    );
    expect(jobs[0]).toMatchObject({
      frequency: "HOUR",
      policy: { notifyOnFailureEvery: "EVERYDAY", numberFailuresBeforeNotification: 10 },
    });
  });

  test("tells two entries of one URL apart by their names", async () => {
    const url = "https://a.example/";
    const { jobs, fault } = await list(
      { url, name: "as a guest" },
      { url, name: "as Bob", headers: { cookie: "bob" } },
    );
    expect(fault).toBeNull();
    expect(jobs.map((job) => job.name)).toEqual(["List as a guest", "List as Bob"]);
  });

  test("that is empty is no fault", async () => {
    expect(await list()).toEqual({ jobs: [], fault: null });
  });

  test("reports every wrong entry, in full and with its place, and runs all the others", async () => {
    const { jobs, fault } = await list(
      "a.example",
      "https://a.example/",
      "ftp://b.example/",
      { url: "https://c.example/", timeoutMs: 25_001 },
      "https://d.example/",
    );
    expect(jobs.map((job) => job.name)).toEqual(["List https://a.example/", "List https://d.example/"]);
    expect(fault).toBe(
      `entry 1: "a.example" does not begin with https:// or http://; write it like https://example.com/; ` +
        `entry 3: "ftp://b.example/" does not begin with https:// or http://; write it like https://example.com/; ` +
        "entry 4: timeoutMs is 25001; give milliseconds from 1 to 25000",
    );
  });
});

describe("a wrong entry is refused:", () => {
  const url = "https://a.example/";

  test.each<[string | HTTPServer, string]>([
    ["", `"" does not begin with https:// or http://; write it like https://example.com/`],
    [
      "example.com/x",
      `"example.com/x" does not begin with https:// or http://; write it like https://example.com/`,
    ],
    ["https://", `"https://" is not an address; write it like https://example.com/`],
    [
      "file:///etc/passwd",
      `"file:///etc/passwd" does not begin with https:// or http://; write it like https://example.com/`,
    ],
    [
      "https://bob:secret@a.example/",
      "the address of a.example holds a user or password; put it into headers: { authorization: … }",
    ],
    [
      "https://bob@a.example/",
      "the address of a.example holds a user or password; put it into headers: { authorization: … }",
    ],
    [
      { url, expectedStatuses: [] },
      "expectedStatuses of https://a.example/ is []; give one or more from 100 to 999",
    ],
    [
      { url, expectedStatuses: [200, 1000] },
      "expectedStatuses of https://a.example/ is [200, 1000]; give one or more from 100 to 999",
    ],
    [
      { url, expectedStatuses: [99] },
      "expectedStatuses of https://a.example/ is [99]; give one or more from 100 to 999",
    ],
    [
      { url, expectedStatuses: [200.5] },
      "expectedStatuses of https://a.example/ is [200.5]; give one or more from 100 to 999",
    ],
    [{ url, method: "get" }, `method of https://a.example/ is "get"; give GET, HEAD or the like`],
    [{ url, method: "" }, `method of https://a.example/ is ""; give GET, HEAD or the like`],
    [{ url, method: "CONNECT" }, `method of https://a.example/ is "CONNECT"; give GET, HEAD or the like`],
    [
      { url, method: "GET / HTTP" },
      `method of https://a.example/ is "GET / HTTP"; give GET, HEAD or the like`,
    ],
    [{ url, method: "FETCH" }, `method of https://a.example/ is "FETCH"; give GET, HEAD or the like`],
    [{ url, method: "TRACE" }, `method of https://a.example/ is "TRACE"; give GET, HEAD or the like`],
    [
      "https://a.example/a b",
      `"https://a.example/a b" holds a space; where one belongs, write %20; write it like https://example.com/`,
    ],
    [
      "https://*.a.example/",
      `"https://*.a.example/" has a host that is a wildcard, which stands for no single host; write it like https://example.com/`,
    ],
    [{ url, timeoutMs: 0 }, "timeoutMs is 0; give milliseconds from 1 to 25000"],
    [{ url, timeoutMs: NaN }, "timeoutMs is NaN; give milliseconds from 1 to 25000"],
    [{ url, timeoutMs: Infinity }, "timeoutMs is Infinity; give milliseconds from 1 to 25000"],
  ])("%j", async (entry, problem) => {
    expect(await list(entry)).toEqual({ jobs: [], fault: `entry 1: ${problem}` });
  });

  test.each<[string, HTTPServer]>([
    ["the address", { url: "https://bob:secret@a.example/" }],
    ["another scheme", { url: "ftp://bob:secret@a.example/" }],
    ["another option", { url: "https://bob:secret@a.example/", expectedStatuses: [] }],
    ["its name", { url: "https://bob:secret@a.example/", name: "" }],
  ])("no password stands in what is said of %s", async (_what, entry) => {
    expect((await list(entry)).fault).not.toMatch(/secret|null/);
  });
});

describe("an entry is asked", () => {
  test("by GET, fresh, for whatever it has, under Checker's own name", async () => {
    const { url, init } = await asked("https://a.example/x");
    expect(url).toBe("https://a.example/x");
    expect(init).toMatchObject({ method: "GET", redirect: "manual", cache: "no-store" });
    expect(Object.fromEntries(new Headers(init.headers))).toEqual({
      "user-agent": "Checker/1.0 (uptime monitor)",
      accept: "*/*",
    });
  });

  test("by its own method and headers, of which user-agent and accept may be two", async () => {
    const { init } = await asked({
      url: "https://a.example/",
      method: "HEAD",
      headers: { Authorization: "Bearer x", "User-Agent": "me", Accept: "text/html" },
    });
    expect(init.method).toBe("HEAD");
    expect(Object.fromEntries(new Headers(init.headers))).toEqual({
      accept: "text/html",
      authorization: "Bearer x",
      "user-agent": "me",
    });
  });
});

test("any status that servers send can be expected", async () => {
  const { fault } = await list({ url: "https://a.example/", expectedStatuses: [100, 299, 600, 999] });
  expect(fault).toBeNull();
});
