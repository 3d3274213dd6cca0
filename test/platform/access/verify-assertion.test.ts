import { afterAll, describe, expect, test, vi } from "vitest";
import { AccessKeys } from "../../../src/platform/access/access-keys.ts";
import { verifyAssertion } from "../../../src/platform/access/verify-assertion.ts";
import { ACCESS, hs256, seconds, signingKey, type Claims } from "../../support/fakes/access-team.ts";
import { FakeClock, fakeNetwork } from "../../support/fakes/ports.ts";

// Time stands still, so that a second more or less is one.
vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
afterAll(() => {
  vi.useRealTimers();
});

const key = signingKey("k1");
const formerKey = signingKey("k0");
/** Nobody of the team, with a key that bears the same id. */
const stranger = signingKey("k1");

/** How the team's keys are had; by default at once. */
type Certs = () => Promise<Response>;
const listed: Certs = () => Promise.resolve(Response.json({ keys: [formerKey.jwk, key.jwk] }));

/** The verdict as one text. */
async function said(assertion: string, fetch: Certs = listed): Promise<string> {
  const verdict = await verifyAssertion(
    assertion,
    ACCESS,
    new AccessKeys(fakeNetwork({ fetch }), new FakeClock(0)),
  );
  return verdict.kind === "valid" ? "valid" : `${verdict.kind}: ${verdict.reason}`;
}

/** For what must cost no request. */
const unasked: Certs = () => Promise.reject(new Error("the team was asked"));

describe("an assertion of the team for this application", () => {
  test("is valid", async () => {
    expect(await said(key.assertion())).toBe("valid");
  });

  test("is valid when it was signed before the keys were changed", async () => {
    expect(await said(formerKey.assertion())).toBe("valid");
  });

  test.each<[string, Claims]>([
    ["one of several audiences", { aud: ["f".repeat(64), ACCESS.audience] }],
    ["an audience that is no list", { aud: ACCESS.audience }],
    [
      "what a service token has: no nbf, no address",
      { nbf: undefined, email: undefined, sub: "", common_name: "x" },
    ],
    ["one second left", { exp: seconds(1) }],
    ["no second behind it", { nbf: seconds(), iat: seconds() }],
  ])("is valid with %s", async (_name, claims) => {
    expect(await said(key.assertion(claims))).toBe("valid");
  });

  test.each<[string, Claims, string]>([
    ["has expired", { exp: seconds(-1) }, "it has expired"],
    ["expires this second", { exp: seconds() }, "it has expired"],
    ["never expires", { exp: undefined }, "it has no end"],
    ["expires at no number", { exp: "2099-01-01" }, "it has expired"],
    ["expires at null", { exp: null }, "it has expired"],
    ["is for the next second", { nbf: seconds(1) }, "it is not valid yet"],
    ["is issued in the next second", { iat: seconds(1) }, "it is not valid yet"],
    [
      "is of another team",
      { iss: "https://other.cloudflareaccess.com" },
      "it is from another team than ACCESS_TEAM_DOMAIN",
    ],
    [
      "names the team without https",
      { iss: ACCESS.teamDomain },
      "it is from another team than ACCESS_TEAM_DOMAIN",
    ],
    ["names no team", { iss: undefined }, "it is from another team than ACCESS_TEAM_DOMAIN"],
    [
      "is for another application",
      { aud: ["f".repeat(64)] },
      "it is for another application than ACCESS_AUD",
    ],
    ["is for no application", { aud: undefined }, "it is for another application than ACCESS_AUD"],
    ["is for an empty list", { aud: [] }, "it is for another application than ACCESS_AUD"],
    [
      "is for part of the audience",
      { aud: ACCESS.audience.slice(0, 63) },
      "it is for another application than ACCESS_AUD",
    ],
  ])("is refused when it %s", async (_name, claims, reason) => {
    expect(await said(key.assertion(claims))).toBe(`refused: ${reason}`);
  });
});

describe("a forgery is refused:", () => {
  test("the right claims, signed by a stranger", async () => {
    expect(await said(stranger.assertion())).toBe("refused: its signature is wrong");
  });

  test("a true signature under other claims", async () => {
    const [header, , signature] = key.assertion().split(".");
    const [, claims] = key.assertion({ email: "mallory@example.net" }).split(".");
    expect(await said([header, claims, signature].join("."))).toBe("refused: its signature is wrong");
  });

  test("no signature", async () => {
    const [header, claims] = key.assertion().split(".");
    expect(await said(`${header}.${claims}.`)).toBe("refused: its signature is wrong");
  });

  test.each<[string, string]>([
    ["alg none", key.forged({ alg: "none" })],
    ["alg None", key.forged({ alg: "None" })],
    ["alg missing", key.forged({ alg: undefined })],
    [
      "alg HS256 with the public key as its password",
      key.forged({ alg: "HS256" }, hs256(JSON.stringify(key.jwk))),
    ],
    [
      "alg HS256 with the key's modulus as its password",
      key.forged({ alg: "HS256" }, hs256(String(key.jwk["n"]))),
    ],
    ["alg RS512", key.assertion({}, { alg: "RS512" })],
    ["alg ES256", key.assertion({}, { alg: "ES256" })],
    ["two algs in a list", key.assertion({}, { alg: ["RS256"] })],
    ["no key id", key.assertion({}, { kid: undefined })],
    ["a key id that is no text", key.assertion({}, { kid: 1 })],
  ])("%s, before the team is asked", async (_name, assertion) => {
    expect(await said(assertion, unasked)).toBe("refused: it is none of Cloudflare Access");
  });

  test.each<[string, Claims]>([
    ["a key that it brings along", { jwk: stranger.jwk }],
    ["a place to have its keys from", { jku: "https://evil.example/certs", x5u: "https://evil.example/x" }],
  ])("%s is not looked at", async (_name, header) => {
    expect(await said(stranger.assertion({}, header))).toBe("refused: its signature is wrong");
  });

  test("a rule that the verifier does not know (RFC 7515 section 4.1.11)", async () => {
    expect(await said(key.assertion({}, { crit: ["exp"] }))).toBe("refused: it cannot be read");
  });

  test("a key that the team does not have", async () => {
    expect(await said(signingKey("k2").assertion())).toBe("refused: the team has no key of that id");
  });
});

describe("what is no assertion is refused before the team is asked:", () => {
  const [header = "", claims = "", signature = ""] = key.assertion().split(".");
  test.each<[string, string]>([
    ["nothing", ""],
    ["dots", ".."],
    ["a word", "letmein"],
    ["two parts", `${header}.${claims}`],
    ["four parts", `${header}.${claims}.${signature}.x`],
    ["two assertions in one header", `${key.assertion()}, ${key.assertion()}`],
    ["a header that is no JSON", `${btoa("{")}.${claims}.${signature}`],
    ["a header that is null", `${btoa("null")}.${claims}.${signature}`],
    ["letters that are not base64", `ü${header}.${claims}.${signature}`],
    ["more than 16 KB", key.assertion({ groups: "x".repeat(13_000) })],
  ])("%s", async (_name, assertion) => {
    expect(await said(assertion, unasked)).toBe("refused: it is none of Cloudflare Access");
  });

  test.each(["null", "[]", "1", `"x"`])("claims that are %s are none", async (text) => {
    const assertion = `${header}.${btoa(text)}.${signature}`;
    expect(await said(assertion)).toMatch(/^refused: /);
  });
});

test("whether an assertion is valid is unknown while the team's keys cannot be had", async () => {
  expect(await said(key.assertion(), unasked)).toBe("unknown: the team was asked");
});

test("no verdict quotes an assertion", async () => {
  const all = [
    key.assertion({ exp: seconds(-1) }),
    key.assertion({ aud: [] }),
    stranger.assertion(),
    key.assertion({}, { crit: ["x"] }),
    signingKey("k2").assertion(),
    "letmein.letmein.letmein",
  ];
  for (const assertion of all) {
    const verdict = await said(assertion);
    for (const part of assertion.split(".")) expect(verdict).not.toContain(part);
  }
});
