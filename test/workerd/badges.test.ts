import { describe, expect, test } from "vitest";
import { failed as failedAt, OWNER, SHOP, VAULT } from "../support/api/world.ts";
import { SECURITY_HEADERS } from "../support/api/security-headers.ts";
import type { Checker } from "../support/worker/harness.ts";
import { ADMIN_TOKEN, MINUTE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "objects", runners: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "unset", vars: { JOBS: ["Steered"], ALERT_CONTACT: "nobody", ADMIN_TOKEN } },
  { name: "bare", vars: { JOBS: ["Steered"], ADMIN_TOKEN }, migrated: false },
]);

const failed = (name?: string): Promise<Checker> => failedAt(suite, name);

/** Status, and what the image says; of JSON, what it says. */
async function seen(checker: Checker, path: string, init?: RequestInit): Promise<[number, string]> {
  const answer = await checker.fetch(`/badges/${path}`, init);
  const type = answer.headers.get("content-type");
  const text = await answer.text();
  if (type === "image/svg+xml") return [answer.status, /<title>(.*)<\/title>/.exec(text)?.[1] ?? ""];
  const { schemaVersion, label, message, isError } = JSON.parse(text) as Record<string, unknown>;
  expect([type, schemaVersion, isError ?? false]).toEqual(["application/json", 1, answer.status !== 200]);
  return [answer.status, `${String(label)}: ${String(message)}`];
}

describe.each(["one", "objects"])("badges of %s", (name) => {
  test.each(["svg", "json"])("tell of a public job and of the mail, as %s", async (form) => {
    const checker = await failed(name);
    expect(await seen(checker, `jobs/${SHOP}/status.${form}`)).toEqual([200, "Our shop: up"]);
    expect(await seen(checker, `jobs/${SHOP}/uptime.${form}`)).toEqual([200, "uptime 30 d: 50.00 %"]);
    expect(await seen(checker, `jobs/${SHOP}/uptime.${form}?days=1`)).toEqual([200, "uptime today: 50.00 %"]);
    expect(await seen(checker, `jobs/${SHOP}/status.${form}?label=A%26B`)).toEqual([
      200,
      form === "svg" ? "A&amp;B: up" : "A&B: up",
    ]);
    expect(await seen(checker, `mail.${form}`)).toEqual([200, "mail: not proven yet"]);
  });

  test.each(["svg", "json"])(
    "tell of a private job what they do of none, whoever asks, as %s",
    async (form) => {
      const checker = await failed(name);
      for (const id of [VAULT, "0123456789abcd", `${SHOP}x`, "..%2fadmin"])
        for (const badge of ["status", "uptime"])
          for (const init of [{}, OWNER])
            expect([id, ...(await seen(checker, `jobs/${id}/${badge}.${form}?label=vault`, init))]).toEqual([
              id,
              404,
              "checker: not found",
            ]);
    },
  );
});

test("a badge of a Checker that cannot tell says so, and nothing of why", async () => {
  for (const name of ["unset", "bare"])
    for (const form of ["svg", "json"])
      expect(await seen(suite.checker(name), `mail.${form}`, OWNER)).toEqual([503, "checker: unknown"]);
});

test("a badge may be shown and read on any page, for half a minute, and is otherwise as guarded as all answers", async () => {
  const checker = await failed();
  for (const [path, status] of [
    [`jobs/${SHOP}/status.svg`, 200],
    [`jobs/${VAULT}/status.svg`, 404],
    ["mail.json", 200],
  ] as const) {
    const answer = await checker.fetch(`/badges/${path}`, { headers: { origin: "https://other.example" } });
    const { headers } = answer;
    const found = Object.keys(SECURITY_HEADERS).map((name) => [name, headers.get(name)]);
    expect([answer.status, Object.fromEntries(found)]).toEqual([
      status,
      {
        ...SECURITY_HEADERS,
        "cache-control": "public, max-age=30",
        "cross-origin-resource-policy": "cross-origin",
      },
    ]);
    expect(headers.get("access-control-allow-origin")).toBe("*");
    expect(headers.get("set-cookie")).toBeNull();
  }
  const etag = (await checker.fetch("/badges/mail.svg")).headers.get("etag") ?? "";
  expect((await checker.fetch("/badges/mail.svg", { headers: { "if-none-match": etag } })).status).toBe(304);
});

test("what is asked wrongly of a badge is told", async () => {
  const answer = await (await failed()).fetch(`/badges/jobs/${SHOP}/uptime.svg?days=365`);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    {
      detail:
        "days=365 in the query is no number of days that is summed up. Over so many days: `1`, `7`, `30` or `90`; `30` unless given.",
    },
  ]);
});

test("badges turn stale by themselves when no tick comes", async () => {
  const checker = await failed("one");
  await checker.sql("UPDATE tick SET finished_at = finished_at - ?1", 3 * MINUTE);
  expect(await seen(checker, `jobs/${SHOP}/status.svg`)).toEqual([200, "Our shop: stale"]);
  expect(await seen(checker, "mail.json")).toEqual([200, "mail: stale"]);
});
