import { afterEach, describe, expect, test, vi } from "vitest";
import { AccessKeys, type KeySearch } from "../../../src/platform/access/access-keys.ts";
import { FakeClock, fakeNetwork } from "../../support/fakes/ports.ts";
import { bytes, hangingFetch, silentBody, watchedBody } from "../../support/fakes/http.ts";

const TEAM = "myteam.cloudflareaccess.com";
const K1 = { kid: "k1", kty: "RSA", n: "modulus-1", e: "AQAB" };
const K2 = { kid: "k2", kty: "RSA", n: "modulus-2", e: "AQAB" };

interface Team {
  readonly keys: AccessKeys;
  readonly clock: FakeClock;
  readonly asked: [string, RequestInit][];
  answer: () => Response | Promise<Response>;
}

/** A team that lists K1 until the test says otherwise. */
function team(): Team {
  const clock = new FakeClock(0);
  const asked: [string, RequestInit][] = [];
  const network = fakeNetwork({
    fetch: async (url, init) => {
      asked.push([url, init]);
      return made.answer();
    },
  });
  const made: Team = { keys: new AccessKeys(network, clock), clock, asked, answer: () => list(K1) };
  return made;
}

function list(...keys: readonly unknown[]): Response {
  return Response.json({ keys, public_cert: {}, public_certs: [] });
}

function said(search: KeySearch): string {
  if (search.kind === "found") return `found ${search.key.n}`;
  return search.kind === "none" ? "none" : search.reason;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a key", () => {
  test("is asked of the team's own domain, over https, without following a redirect", async () => {
    const { keys, asked } = team();
    expect(said(await keys.find(TEAM, "k1"))).toBe("found modulus-1");
    expect(asked).toEqual([
      [
        `https://${TEAM}/cdn-cgi/access/certs`,
        { redirect: "manual", cache: "no-store", signal: expect.any(AbortSignal) as AbortSignal },
      ],
    ]);
  });

  test("is none when the team does not list its id", async () => {
    expect(said(await team().keys.find(TEAM, "k9"))).toBe("none");
  });

  test("is found among entries that are no RSA keys", async () => {
    const one = team();
    one.answer = () => list(null, 7, { ...K1, kty: "EC", n: "no modulus" }, { ...K1, n: 5 }, K1);
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("found modulus-1");
  });

  test("is asked for once an hour, however often it is needed", async () => {
    const { keys, asked, clock } = team();
    for (const minute of [0, 1, 30, 59]) {
      clock.ms = minute * 60_000;
      await keys.find(TEAM, "k1");
    }
    expect(asked).toHaveLength(1);
    clock.ms = 3_600_000;
    await keys.find(TEAM, "k1");
    expect(asked).toHaveLength(2);
  });

  test("that is new is found at once, and is looked for once in 30 s whatever ids are made up", async () => {
    const one = team();
    await one.keys.find(TEAM, "k1");
    one.answer = () => list(K1, K2);
    one.clock.ms = 30_000;
    expect(said(await one.keys.find(TEAM, "k2"))).toBe("found modulus-2");
    for (let i = 0; i < 100; i++) expect(said(await one.keys.find(TEAM, `made-up-${i}`))).toBe("none");
    expect(one.asked).toHaveLength(2);
    one.clock.ms = 60_000;
    await one.keys.find(TEAM, "made-up");
    expect(one.asked).toHaveLength(3);
  });

  test("that the team has withdrawn opens nothing after an hour", async () => {
    const one = team();
    await one.keys.find(TEAM, "k1");
    one.answer = () => list(K2);
    one.clock.ms = 3_600_000;
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("none");
  });

  test("that was fetched while a clock was ahead is asked for again", async () => {
    const one = team();
    one.clock.ms = 23 * 3_600_000;
    await one.keys.find(TEAM, "k1");
    one.answer = () => list(K2);
    one.clock.ms = 0;
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("none");
  });

  test("of one team is not another's", async () => {
    const one = team();
    await one.keys.find(TEAM, "k1");
    one.answer = () => list(K2);
    expect(said(await one.keys.find("other.cloudflareaccess.com", "k1"))).toBe("none");
    expect(one.asked[1]?.[0]).toBe("https://other.cloudflareaccess.com/cdn-cgi/access/certs");
  });
});

describe("keys cannot be had", () => {
  test.each<[string, () => Response | Promise<Response>, string]>([
    [
      "without a connection",
      () => Promise.reject(new Error("Network connection lost.")),
      "Network connection lost.",
    ],
    ["from an error", () => new Response("oh", { status: 500 }), "the team's domain answered HTTP 500"],
    [
      "from a team that is not there",
      () => new Response("", { status: 404 }),
      "the team's domain answered HTTP 404",
    ],
    [
      "from a redirect",
      () => new Response(null, { status: 302, headers: { location: "https://evil.example/" } }),
      "the team's domain answered HTTP 302",
    ],
    [
      "from more than 64 KB",
      () => list(K1, "x".repeat(64 * 1024)),
      "the team's domain answered with more than 64 KB",
    ],
  ])("%s", async (_name, answer, reason) => {
    const one = team();
    one.answer = answer;
    expect(await one.keys.find(TEAM, "k1")).toEqual({ kind: "unavailable", reason });
  });

  test.each<[string, string]>([
    ["an empty body", ""],
    ["a page", "<html></html>"],
    ["a list", "[]"],
    ["keys that are no list", `{"keys":{"k1":{}}}`],
    ["null", "null"],
  ])("from %s", async (_name, body) => {
    const one = team();
    one.answer = () => new Response(body);
    expect((await one.keys.find(TEAM, "k1")).kind).toBe("unavailable");
  });

  test("from a body without end, of which 64 KB are read", async () => {
    const one = team();
    const body = watchedBody({ endless: bytes("x".repeat(1024)) });
    one.answer = () => new Response(body.stream);
    expect((await one.keys.find(TEAM, "k1")).kind).toBe("unavailable");
    expect(body.read()).toBe(65 * 1024);
    expect(body.cancelled()).toBe(true);
  });

  test.each<[string, (url: string, init: RequestInit) => Promise<Response>]>([
    ["gives no answer", hangingFetch],
    ["begins one and does not end it", () => Promise.resolve(new Response(silentBody()))],
  ])("from a domain that %s within 3 s", async (_name, fetch) => {
    vi.useFakeTimers();
    const keys = new AccessKeys(fakeNetwork({ fetch }), new FakeClock(0));
    const search = keys.find(TEAM, "k1");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(said(await search)).toBe("timed out after 3 s");
  });

  test("and are asked for again after five seconds, the old ones being good for their hour", async () => {
    const one = team();
    one.answer = () => new Response("", { status: 500 });
    await one.keys.find(TEAM, "k1");
    one.answer = () => list(K1);
    one.clock.ms = 4_999;
    // Whoever makes up assertions makes us ask nobody.
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("the team's domain answered HTTP 500");
    expect(one.asked).toHaveLength(1);
    one.clock.ms = 5_000;
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("found modulus-1");
    one.answer = () => new Response("", { status: 500 });
    one.clock.ms = 59 * 60_000;
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("found modulus-1");
    one.clock.ms = 60 * 60_000 + 5_000;
    expect(said(await one.keys.find(TEAM, "k1"))).toBe("the team's domain answered HTTP 500");
  });
});
