import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatProblem, parseSettings, SETTING_NAMES } from "../../src/platform/settings/parse-settings.ts";
import { FREQUENCIES } from "../../src/core/time/frequency.ts";
import type { Settings } from "../../src/core/settings.ts";
import { fuzz, FUZZ, isOneLine } from "../support/fuzz/runs.ts";

const LONGEST_PROBLEM = 400;

const address = fc.oneof(
  fc.constantFrom(
    "ops@example.com",
    " me@example.com ",
    "ops@example.com\r\nBcc: x@example.com",
    "a\u2028b",
    "a@b",
    "@",
    "",
  ),
  fc.emailAddress(),
  fc.string({ unit: "binary", maxLength: 20 }).map((text) => `${text}@example.com`),
  fc.integer({ min: 230, max: 260 }).map((length) => `${"a".repeat(length)}@example.com`),
);

const url = fc.oneof(
  fc.webUrl({ withQueryParameters: true, validSchemes: ["http", "https", "ftp"] }),
  fc.constantFrom("https://a.example/status", "http://[::1]:8787/", "https://", "//a", "javascript:1"),
  fc.jsonValue(),
);

const peer = fc.record(
  {
    url,
    admin: fc.oneof(address, fc.jsonValue()),
  },
  { requiredKeys: [] },
);

/** Numbers around the borders of what is a number of seconds, and what looks like one. */
const seconds = fc.oneof(
  fc.constantFrom<unknown>(
    59,
    60,
    3_000,
    3_001,
    86_400,
    86_401,
    60.5,
    -60,
    1e21,
    "60",
    " 61 ",
    "6e1",
    "0x40",
  ),
  fc.integer(),
  fc.double(),
  fc.integer().map(String),
);

/** Values that are meant well, one kind for each variable. */
const MEANT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  SERVER_NAME: fc.oneof(fc.string({ maxLength: 70 }), fc.string({ unit: "binary", maxLength: 70 })),
  ALERT_CONTACT: fc.oneof(
    address,
    fc.array(address, { maxLength: 22 }),
    fc.array(address).map((all) => all.join(",")),
    fc.array(address).map((all) => JSON.stringify(all)),
  ),
  MAIL_FROM: address,
  MAIL_LOOPBACK_TO: address,
  PEERS: fc.oneof(
    fc.array(peer, { maxLength: 4 }),
    fc.array(peer, { maxLength: 4 }).map((all) => JSON.stringify(all)),
    fc
      .integer({ min: 38, max: 42 })
      .map((count) =>
        Array.from({ length: count }, (_, i) => ({ url: `https://n${i}.example/`, admin: "a@b.example" })),
      ),
    fc.nat(3_000).map((depth) => "[".repeat(depth) + "]".repeat(depth)),
  ),
  PEER_CHECK_EVERY: fc.constantFrom<unknown>(...FREQUENCIES, "hour", 1),
  NO_MAIL: fc.constantFrom<unknown>(true, false, "true", "1", "0", "", "yes", 1, null),
  BUST_THREADING: fc.constantFrom<unknown>(true, false, "true", "1", "0", "", "yes", 1, null),
  STALE_AFTER_SECONDS: seconds,
  LOOPBACK_TIMEOUT_SECONDS: seconds,
  GAP_ALERT_AFTER_SECONDS: seconds,
  MAX_MAILS_PER_HOUR: seconds,
  FLAPPING_CHANGES: fc.oneof(fc.integer({ min: -1, max: 5 }), seconds),
  FLAPPING_RUNS: fc.oneof(fc.integer({ min: 2, max: 6 }), seconds),
  HISTORY_RAW_DAYS: fc.oneof(fc.integer({ min: 0, max: 4 }), seconds),
  HISTORY_HOURLY_DAYS: fc.oneof(fc.integer({ min: 0, max: 4 }), seconds),
  HISTORY_DAILY_DAYS: fc.oneof(fc.integer({ min: 0, max: 4 }), seconds),
  PLAN: fc.constantFrom("free", "paid", "pro"),
  SHARD_SIZE: fc.integer({ min: -1, max: 1_001 }),
  IN_PLACE_JOBS: fc.integer({ min: -1, max: 101 }),
  REFERENCE_TARGETS: fc.oneof(
    fc.array(url, { maxLength: 7 }),
    fc.array(fc.webUrl(), { maxLength: 6 }).map((all) => all.join(",")),
  ),
  ACCESS_TEAM_DOMAIN: fc.constantFrom(
    "my-team.cloudflareaccess.com",
    "evil.example/.cloudflareaccess.com",
    "a",
  ),
  ACCESS_AUD: fc.constantFrom("f".repeat(64), "F".repeat(64), "f".repeat(63), 1),
};

const LEAST = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };

/** One to three variables, the others as they should be: of more of them hardly any would be valid. */
const variables = fc
  .uniqueArray(fc.constantFrom(...SETTING_NAMES), { minLength: 1, maxLength: 3 })
  .chain((names) => fc.record(Object.fromEntries(names.map((name) => [name, valueOf(name)]))))
  .map((some) => ({ ...LEAST, ...some }));

function valueOf(name: string): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 4, arbitrary: MEANT[name] ?? fc.constant(undefined) },
    { weight: 1, arbitrary: fc.jsonValue() },
    { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
  );
}

function isAddress(text: string): boolean {
  return /^[^\s,<>]+@[^\s,<>]+\.[^\s,<>]+$/.test(text) && text.length <= 254;
}

function isPlainUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username + url.password === "";
}

/** What every user of settings relies on. */
function obeys(settings: Settings): boolean {
  const { serverName, alertContacts, peers, staleAfterSeconds, loopbackTimeoutSeconds } = settings;
  return (
    isOneLine(serverName.replaceAll(/[\u2028\u2029]/g, " "), 60) &&
    alertContacts.length >= 1 &&
    alertContacts.length <= 20 &&
    new Set(alertContacts).size === alertContacts.length &&
    [...alertContacts, settings.mailFrom, settings.mailLoopbackTo].every(isAddress) &&
    peers.length <= 40 &&
    new Set(peers.map(({ url }) => url)).size === peers.length &&
    peers.every(({ url, admin }) => isPlainUrl(url) && isAddress(admin)) &&
    FREQUENCIES.includes(settings.peerCheckEvery) &&
    [settings.noMail, settings.bustThreading].every((flag) => typeof flag === "boolean") &&
    isWithin(staleAfterSeconds, 60, 86_400) &&
    isWithin(loopbackTimeoutSeconds, 60, 3_000) &&
    isWithin(settings.gapAlertAfterSeconds, 120, 86_400) &&
    isWithin(settings.maxMailsPerHour, 1, 1_000) &&
    (settings.flapping.changes === 0 || isWithin(settings.flapping.changes, 3, 100)) &&
    isWithin(settings.flapping.runs, 4, 1_000) &&
    settings.referenceTargets.length <= 5 &&
    settings.referenceTargets.every(isPlainUrl)
  );
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}

describe("variables of any kind", () => {
  test("give settings that obey every limit, or problems that a person can read", FUZZ, async () => {
    await fuzz(
      2_000,
      fc.property(variables, (vars) => {
        const parsed = parseSettings(vars);
        return parsed.ok
          ? obeys(parsed.settings)
          : parsed.problems.length > 0 &&
              parsed.problems.every(
                (problem) =>
                  SETTING_NAMES.some((name) => problem.name.startsWith(name)) &&
                  [problem.problem, problem.hint].every((text) => isOneLine(text, 200)) &&
                  isOneLine(formatProblem(problem), LONGEST_PROBLEM),
              );
      }),
    );
    expect(parseSettings(LEAST).ok).toBe(true);
  });
});

/** The server's name may be any text. */
const NOT_A_NAME = SETTING_NAMES.filter((name) => name !== "SERVER_NAME");

describe("a secret", () => {
  const secret = fc.string({
    unit: fc.constantFrom(..."abcxyz0189.~!$&'()*+;=:%-_@/?#\"\\ ".split("")),
    minLength: 6,
    maxLength: 30,
  });

  test("that stands in a peer's url, or is one, is in no problem that is told", FUZZ, async () => {
    const scheme = fc.constantFrom(
      "https://",
      "http://",
      "ftp://",
      "//",
      "HTTPS://",
      "https:///",
      "https:",
      "http:/",
      "",
    );
    const shape = fc.constantFrom<(url: string) => unknown>(
      (url) => [{ url, admin: "a@b.example" }],
      (url) => JSON.stringify([{ url, admin: "a@b.example" }]),
      (url) => `[{ "url": "${url}", }]`,
      (url) => url,
      (url) => [url],
      (url) => ({ url }),
      (url) => [{ admin: url }],
    );
    await fuzz(
      1_000,
      fc.property(secret, scheme, shape, fc.constantFrom(...NOT_A_NAME), (password, start, form, name) => {
        const url = `${start}user:${password}@peer.example/status`;
        const vars = { ...LEAST, ADMIN_TOKEN: `token ${password}`, [name]: form(url) };
        const parsed = parseSettings(vars);
        // One with a slash in it may make an address with a path and without a user.
        if (parsed.ok) return obeys(parsed.settings);
        const told = parsed.problems.map(formatProblem);
        expect(told).not.toEqual([]);
        // As it stands, and as it stands in JSON, and in JSON that is a text of JSON.
        const escaped = JSON.stringify(password).slice(1, -1);
        for (const text of [password, escaped, JSON.stringify(escaped).slice(1, -1)])
          expect(told.join("\n")).not.toContain(text);
        return true;
      }),
    );
  });
});
