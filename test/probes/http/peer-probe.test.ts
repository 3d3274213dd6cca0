import { afterEach, describe, expect, test, vi } from "vitest";
import { probePeer, type PeerAnswer } from "../../../src/probes/http/peer-probe.ts";
import { fakeContext, fakeSocket } from "../../support/fakes/ports.ts";
import { bytes, emptyPieces, hangingFetch, silentBody, watchedBody } from "../../support/fakes/http.ts";

const URL_OF_PEER = "https://peer.example/status";

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

function ask(fetch: Fetch): Promise<PeerAnswer> {
  return probePeer(URL_OF_PEER, fakeContext({ fetch }));
}

async function said(body: BodyInit | null, status = 200): Promise<string> {
  const { status: condition, reason } = await ask(() => Promise.resolve(new Response(body, { status })));
  return `${condition}: ${reason}`;
}

function noWord(quoted: string): string {
  return `silent: the peer's answer is none of True, MailProblem and JobProblem: ${quoted}`;
}

const WELL = "well: the peer is well";

afterEach(() => {
  vi.useRealTimers();
});

describe("a peer's word", () => {
  test.each([
    ["True", WELL],
    ["MailProblem", "mail: the peer cannot send email (it answers MailProblem)"],
    ["JobProblem", "jobs: the peer runs no jobs (it answers JobProblem)"],
  ])("%s is understood, also with a line end after it", async (word, expected) => {
    expect(await said(word)).toBe(expected);
    expect(await said(`${word}\n`)).toBe(expected);
    expect(await said(`${word}\r\n`)).toBe(expected);
  });

  test.each([
    ["", `""`],
    ["true", `"true"`],
    ["TRUE", `"TRUE"`],
    [" True", `"True"`],
    ["True ", `"True"`],
    ["\nTrue", `"True"`],
    ["True\n\n", `"True"`],
    ["True\r", `"True"`],
    ["Truely", `"Truely"`],
    ["True\0", `"True"`],
    ["TrueTrue", `"TrueTrue"`],
    ["True\nMailProblem", `"True MailProblem"`],
    ["mailproblem", `"mailproblem"`],
    ["False", `"False"`],
    [`"True"`, `"\\"True\\""`],
    ["<html><body>True</body></html>", `"<html><body>True</body></html>"`],
    ["x".repeat(100), `"${"x".repeat(39)}…"`],
  ])("is none in %j", async (body, quoted) => {
    expect(await said(body)).toBe(noWord(quoted));
  });

  test("that comes in pieces is put together", async () => {
    expect(await said(watchedBody(["Tr", "ue", "\n"].map(bytes)).stream)).toBe(WELL);
  });

  test("is quoted whole where a character is split over two pieces", async () => {
    const [...all] = bytes("für");
    const pieces = [new Uint8Array(all.slice(0, 2)), new Uint8Array(all.slice(2))];
    expect(await said(watchedBody(pieces).stream)).toBe(noWord(`"für"`));
  });

  test("is none when broken bytes or a mark of byte order stand around it", async () => {
    expect(await said(new Uint8Array([0xef, 0xbb, 0xbf, ...bytes("True")]))).toMatch(/^silent: /);
    expect(await said(new Uint8Array([...bytes("True"), 0xe2]))).toMatch(/^silent: /);
  });

  test("is none before megabytes of blanks, of which only the first bytes are read", async () => {
    const body = watchedBody([
      bytes("True"),
      ...Array.from({ length: 160 }, () => bytes(" ".repeat(65_536))),
    ]);
    expect(await said(body.stream)).toBe(noWord(`"True"`));
    expect(body.read()).toBe(4 + 65_536);
    expect(body.cancelled()).toBe(true);
  });

  test("is none before empty pieces without end", async () => {
    const body = emptyPieces(bytes("True"));
    expect(await said(body.stream)).toBe("silent: the peer gave no answer: the answer comes in empty pieces");
    expect(body.given()).toBe(201);
  });

  test("is none at the end of 10 MB", async () => {
    expect(await said(`${"\n".repeat(10_000_000)}True`)).toBe(noWord(`""`));
  });
});

describe("a peer that answers with another status", () => {
  test.each([
    [500, "True", "silent: the peer gave no answer: answered HTTP 500 instead of 200"],
    [201, "True", "silent: the peer gave no answer: answered HTTP 201 instead of 200"],
    [404, "Not found", "silent: the peer gave no answer: answered HTTP 404 instead of 200"],
    [521, "", "silent: the peer gave no answer: connection refused (HTTP 521)"],
    [530, "error code: 1016", "silent: the peer gave no answer: host name not found (HTTP 530, error 1016)"],
    [404, "error code: 1042", "silent: the peer gave no answer: answered HTTP 404 instead of 200"],
  ])("%d is no answer, whatever its body says", async (status, body, expected) => {
    expect(await said(body, status)).toBe(expected);
  });

  test("that Cloudflare made up for a limit of ours is not checkable", async () => {
    const answer = new Response("error code: 1042", {
      status: 404,
      headers: { server: "cloudflare", "cf-ray": "8a1b2c3d4e5f6071-FRA" },
    });
    const context = fakeContext({ fetch: () => Promise.resolve(answer) });
    expect(await probePeer("https://checker.a.workers.dev/status", context)).toEqual({
      status: "not checkable",
      reason:
        "cannot be checked from here: a Worker cannot fetch another Worker of its account by its workers.dev name (error 1042)",
      latencyMs: null,
    });
  });

  test("is asked on where it redirects to", async () => {
    const urls: string[] = [];
    const answers = [
      new Response(null, { status: 301, headers: { location: "https://b.example/status" } }),
      new Response("True"),
    ];
    const fetch: Fetch = (url) => {
      urls.push(url);
      return Promise.resolve(answers.shift() ?? Response.error());
    };
    expect((await ask(fetch)).status).toBe("well");
    expect(urls).toEqual([URL_OF_PEER, "https://b.example/status"]);
  });

  test("has its body let go", async () => {
    const body = watchedBody({ endless: bytes("x".repeat(150)) });
    await said(body.stream, 500);
    expect(body.cancelled()).toBe(true);
    expect(body.read()).toBeLessThanOrEqual(300);
  });
});

describe("a peer that does not answer", () => {
  const SLOW = {
    status: "silent",
    reason: "the peer gave no answer: timed out after 5 s",
    latencyMs: null,
  };

  test("within five seconds is silent", async () => {
    vi.useFakeTimers();
    const asking = ask(hangingFetch);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await asking).toEqual(SLOW);
  });

  test("with a body within five seconds is silent", async () => {
    vi.useFakeTimers();
    const asking = ask(() => Promise.resolve(new Response(silentBody())));
    await vi.advanceTimersByTimeAsync(5_000);
    expect(await asking).toEqual(SLOW);
  });

  test("at all is silent, with the reason", async () => {
    const fetch = (): Promise<Response> => Promise.reject(new Error("Network connection lost."));
    const connect = () => fakeSocket(Promise.reject(new Error("proxy request failed")));
    expect(await probePeer(URL_OF_PEER, fakeContext({ fetch, connect }))).toEqual({
      status: "silent",
      reason: "the peer gave no answer: connection refused",
      latencyMs: null,
    });
  });

  test("by a limit of ours is not checkable, and nobody's fault", async () => {
    expect(await ask(() => Promise.reject(new Error("Too many subrequests.")))).toEqual({
      status: "not checkable",
      reason: "cannot be checked from here: Too many subrequests.",
      latencyMs: null,
    });
  });
});

test("a peer is asked freshly, under Checker's own name", async () => {
  let asked: [string, RequestInit] | undefined;
  await ask((url, init) => {
    asked = [url, init];
    return Promise.resolve(new Response("True"));
  });
  expect(asked?.[0]).toBe(URL_OF_PEER);
  expect(asked?.[1]).toMatchObject({ cache: "no-store", redirect: "manual" });
  expect(asked?.[1].headers).toEqual({ "user-agent": "Checker/1.0 (uptime monitor)", accept: "text/plain" });
});
