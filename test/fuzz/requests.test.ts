import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Platform } from "../../src/platform/platform.ts";
import { createHttp } from "../../src/worker/http.ts";
import { lendTimingSafeEqual, nobodyActs } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { databaseOf, databases, PRIVATE, rows } from "../support/fuzz/d1.ts";
import { isFromOwner, queries, requests, TOKEN } from "../support/fuzz/requests.ts";
import { fuzz, FUZZ, isOneLine } from "../support/fuzz/runs.ts";
import { headersFor } from "../support/api/security-headers.ts";

const NOW_MS = 1_800_000_000_000;
const VARS = {
  SERVER_NAME: PRIVATE,
  ALERT_CONTACT: "private@example.com",
  MAIL_FROM: "private@example.com",
};
const ACCESS = { ACCESS_TEAM_DOMAIN: "private.cloudflareaccess.com", ACCESS_AUD: "f".repeat(64) };
const PLATFORM: Platform = {
  clock: new FakeClock(NOW_MS),
  random: new FakeRandom(),
  network: fakeNetwork(),
};

beforeEach(() => {
  lendTimingSafeEqual();
  vi.spyOn(console, "error").mockReturnValue();
  vi.spyOn(console, "warn").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

const age = fc.integer({ min: 0, max: 6_000_000 }).map((ms) => NOW_MS - ms);
const recent = fc.integer({ min: 0, max: 400_000 }).map((ms) => NOW_MS - ms);
const mostlyNull = fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: age });

/** What readStatus asks for, in its order. */
const statusRows = [
  rows({ at: recent }),
  rows({
    token: fc.constant(PRIVATE),
    message_id: fc.constant(PRIVATE),
    sent_at: age,
    returned_at: fc.oneof(age, fc.constant(null)),
    send_error: fc.constantFrom(null, PRIVATE),
  }),
  rows({ waiting: mostlyNull, refused: mostlyNull }),
  rows({ at: mostlyNull }),
];

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

async function answerTo(request: Request, env: Readonly<Record<string, unknown>>): Promise<Answer> {
  // One that has shown nothing yet and was guessed at by nobody.
  const response = await createHttp(PLATFORM, nobodyActs).fetch(request, { ...VARS, EMAIL: {}, ...env });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

const PUBLIC_BODIES = [
  "True",
  "MailProblem",
  "JobProblem",
  "Not found\n",
  "Unauthorized\n",
  "Too many wrong tokens\n",
  "Method not allowed\n",
  "Refused: this was not sent by a page of this Checker\n",
  // With Cloudflare Access, whose keys cannot be had here.
  "Cannot tell at present who you are\n",
  "",
];

function isGuarded({ status, headers }: Answer): boolean {
  // What the API and badges say of themselves.
  const others: Readonly<Record<string, readonly string[]>> =
    isJson(headers) || status === 304 || headers.get("content-type") === "image/svg+xml"
      ? {
          "cache-control": ["public, max-age=10", "private, no-cache", "public, max-age=30"],
          "cross-origin-resource-policy": ["cross-origin"],
        }
      : {};
  return Object.entries(headersFor(headers)).every(([name, value]) =>
    [value, ...(others[name] ?? [])].includes(headers.get(name) ?? ""),
  );
}

/** A badge: on any page, and with nothing in it that is private. */
function isCleanBadge({ body, headers }: Answer): boolean {
  return (
    headers.get("content-type") === "image/svg+xml" &&
    headers.get("cross-origin-resource-policy") === "cross-origin" &&
    !body.includes(PRIVATE) &&
    !/<(?!\/?(?:svg|title|path|g|text)\b)/.test(body)
  );
}

function isJson(headers: Headers): boolean {
  return ["application/json", "application/problem+json"].includes(headers.get("content-type") ?? "");
}

/** An answer of the API to a stranger: nothing of what is private, and every site may read it. */
function isCleanJson({ status, body, headers }: Answer): boolean {
  if (!isJson(headers) || body.includes(PRIVATE) || body.includes(TOKEN)) return false;
  if (headers.get("access-control-allow-origin") !== "*") return false;
  const value = body === "" ? {} : (JSON.parse(body) as { status?: number });
  return status === 200 || value.status === undefined || value.status === status;
}

/** A page, whatever it says: nothing of what is private, and no element that was not meant. */
function isCleanPage({ body, headers }: Answer): boolean {
  return (
    headers.get("content-type") === "text/html; charset=UTF-8" &&
    !body.includes(PRIVATE) &&
    !body.includes(TOKEN) &&
    !/<(?!\/?(?:html|head|meta|title|link|script|noscript|body|a|nav|p|main|h1|h2|form|label|input|button|header|section|dl|div|dt|dd|b|i|span|time|!doctype)\b)/i.test(
      body,
    )
  );
}

/** Fails for a line of the log that is none, or that tells the token. */
function expectCleanLog(): void {
  const calls = [...vi.mocked(console.error).mock.calls, ...vi.mocked(console.warn).mock.calls];
  for (const [line, ...rest] of calls) {
    expect(line).toSatisfy((text: string) => isOneLine(text, 1_000) && !text.includes(TOKEN));
    expect(rest).toEqual([]);
  }
}

test(
  "whatever is asked, the answer is one of a few, guarded by its headers, and only the owner learns more",
  FUZZ,
  async () => {
    await fuzz(
      2_000,
      fc.asyncProperty(
        requests,
        fc.constantFrom<unknown>(TOKEN, TOKEN, TOKEN, "", undefined, 5),
        databases(statusRows),
        fc.constantFrom({}, ACCESS),
        async (request, secret, database, access) => {
          fc.pre(request !== null);
          const answer = await answerTo(request, {
            DB: databaseOf(database),
            ADMIN_TOKEN: secret,
            ...access,
          });
          expect(answer).toSatisfy(isGuarded);
          const isAdmin = secret === TOKEN && isFromOwner(request);
          const isReadElsewhere = answer.headers.has("access-control-allow-origin");
          if (isAdmin && answer.body.includes(PRIVATE) && isReadElsewhere) return false;
          return (
            isAdmin ||
            ((PUBLIC_BODIES.includes(answer.body) ||
              isCleanPage(answer) ||
              isCleanJson(answer) ||
              isCleanBadge(answer)) &&
              [200, 204, 303, 304, 400, 401, 403, 404, 405, 429, 503].includes(answer.status))
          );
        },
      ),
    );
    expectCleanLog();
  },
);

describe("whatever the database answers", () => {
  test("/status is one of its three words, and True only for what is fresh", FUZZ, async () => {
    await fuzz(
      2_000,
      fc.asyncProperty(databases(statusRows), async (database) => {
        const answer = await answerTo(new Request("https://checker.example/status"), {
          DB: databaseOf(database),
        });
        expect(answer.status).toBe(200);
        expect(answer).toSatisfy(isGuarded);
        expect(["True", "MailProblem", "JobProblem"]).toContain(answer.body);
        return answer.body !== "True" || (database.kind === "answers" && isFresh(database.results));
      }),
    );
  });

  /** The rule of the README, for rows whose times are in the past. */
  function isFresh(results: unknown): boolean {
    const [tick, probes, waiting, aside] = results as { readonly results: Record<string, unknown>[] }[];
    const since = (value: unknown): number => (typeof value === "number" ? NOW_MS - value : Number.NaN);
    const decided = (probes?.results ?? [])
      .filter(isReadable)
      .filter((probe) => typeof probe["returned_at"] === "number" || since(probe["sent_at"]) >= 600_000)
      .toSorted((a, b) => since(a["sent_at"]) - since(b["sent_at"]));
    return (
      since(tick?.results[0]?.["at"]) < 180_000 &&
      typeof decided[0]?.["returned_at"] === "number" &&
      since(decided[0]["sent_at"]) <= 3_600_000 + 600_000 + 180_000 &&
      typeof waiting?.results[0]?.["refused"] !== "number" &&
      !(since(waiting?.results[0]?.["waiting"]) > 300_000) &&
      !(since(aside?.results[0]?.["at"]) < 3 * 86_400_000)
    );
  }

  /** A row of a probe that cannot be read is as if it were not there. */
  function isReadable(row: Record<string, unknown>): boolean {
    return (
      Number.isInteger(row["sent_at"]) &&
      (row["returned_at"] === null || Number.isInteger(row["returned_at"])) &&
      typeof row["token"] === "string" &&
      typeof row["message_id"] === "string" &&
      (row["send_error"] === null || typeof row["send_error"] === "string")
    );
  }

  test("the owner gets the report, or an error that tells nothing", FUZZ, async () => {
    const columns = {
      id: fc.nat(),
      scheduled_at: age,
      started_at: age,
      finished_at: age,
      at: age,
      frequencies: fc.constantFrom("MINUTE", "MINUTE HOUR", "", PRIVATE),
      jobs: fc.nat(9),
      up: fc.nat(9),
      down: fc.nat(9),
      inconclusive: fc.nat(9),
      job: fc.constant(PRIVATE),
      name: fc.string({ unit: "binary" }),
      status_from: fc.constantFrom(null, "up", "down"),
      status_to: fc.constantFrom("up", "down"),
      reason: fc.string({ unit: "binary" }),
    };
    const lists = databases([rows(columns), rows(columns), rows(columns)]);
    const page = fc.constantFrom<readonly [string, readonly string[]]>(
      ["report", ["ticks", "changes", "gaps", "status"]],
      ["outbox", ["messages"]],
    );
    await fuzz(
      600,
      fc.asyncProperty(lists, page, queries, async (database, [name, parts], query) => {
        const request = new Request(`https://checker.example/admin/${name}${query}`, {
          headers: { authorization: `Bearer ${TOKEN}` },
        });
        const answer = await answerTo(request, { DB: databaseOf(database), ADMIN_TOKEN: TOKEN });
        expect(answer).toSatisfy(isGuarded);
        return answer.status === 200
          ? parts.every((part) => part in (JSON.parse(answer.body) as object))
          : answer.status === 500 && answer.body === "Internal error\n";
      }),
    );
    expectCleanLog();
  });
});
