import { beforeAll, describe, expect, test } from "vitest";
import { at, documentOf, failed as failedAt, get as getOf, OWNER, SHOP } from "../support/api/world.ts";
import type { Expecting } from "../support/api/openapi.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "objects", runners: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "unset", vars: { JOBS: ["Steered"], ALERT_CONTACT: "nobody", ADMIN_TOKEN } },
  { name: "bare", vars: { JOBS: ["Steered"], ADMIN_TOKEN }, migrated: false },
]);

let expectDescribed: Expecting;

beforeAll(async () => {
  expectDescribed = await documentOf(suite.checker("one"));
});

const failed = (name?: string): Promise<Checker> => failedAt(suite, name);
const get = <T = unknown>(checker: Checker, path: string, init?: RequestInit): Promise<T> =>
  getOf<T>(expectDescribed, checker, path, init);

describe("a list", () => {
  /** All pages, by their cursors. */
  async function pagesOf(checker: Checker, path: string, init: RequestInit = {}): Promise<object[][]> {
    const pages: object[][] = [];
    let next: string | null = path;
    while (next !== null && pages.length < 20) {
      const answer = await checker.fetch(next, init);
      const link = answer.headers.get("link");
      const body = (await expectDescribed(next, answer)) as { items: object[]; nextCursor: string | null };
      pages.push(body.items);
      const url = new URL(next, "https://checker.invalid");
      if (body.nextCursor !== null) url.searchParams.set("cursor", body.nextCursor);
      next = body.nextCursor === null ? null : `${url.pathname}${url.search}`;
      expect(link).toBe(next === null ? null : `<${next}>; rel="next"`);
    }
    return pages;
  }

  const namesOf = (pages: readonly object[][], key: string): unknown[][] =>
    pages.map((page) => page.map((one) => (one as Record<string, unknown>)[key]));

  test("of jobs is given page after page, also where filters leave some out and jobs come and go", async () => {
    const checker = suite.checker("one");
    const names = ["b", "a", "d", "c", "e"];
    suite.steering.jobs = names.map((name) => ({
      name,
      group: name < "d" ? "First" : "Last",
      isPublic: true,
    }));
    suite.steering.set("d", failing("x"));
    await checker.tick(BASE);
    const all = namesOf(await pagesOf(checker, "/api/v1/jobs?limit=2"), "name");
    expect(namesOf(await pagesOf(checker, "/api/v1/jobs?limit=5"), "name")).toEqual([all.flat()]);
    expect(all).toEqual([["Steered a", "Steered b"], ["Steered c", "Steered d"], ["Steered e"]]);
    const some = async (query: string) =>
      namesOf(await pagesOf(checker, `/api/v1/jobs?${query}`, OWNER), "name").flat();
    expect(await some("limit=1&status=up&group=Last")).toEqual(["Steered e"]);
    expect(await some("status=down,new")).toEqual(["Steered d"]);
    expect(await some("frequency=HOUR")).toEqual([]);
    const { nextCursor } = await get<{ nextCursor: string }>(checker, "/api/v1/jobs?limit=3", OWNER);
    const last = await get(checker, `/api/v1/jobs?limit=3&cursor=${nextCursor}`, OWNER);
    expect(last).toMatchObject({ total: 5, items: [{}, {}] });
    suite.steering.jobs = ["a", "aa", "d", "e"].map((name) => ({ name }));
    await checker.tick(BASE + MINUTE);
    expect(await some(`cursor=${nextCursor}`)).toEqual(["Steered d", "Steered e"]);
  });

  test("of incidents, ticks, gaps and messages is given page after page, each once", async () => {
    const checker = await failed();
    await checker.sql("DELETE FROM incident");
    await checker.sql(
      `INSERT INTO incident (from_at, job, name, to_at, first_reason, last_reason, notification_count, ended)
       SELECT ?1 + (value / 3) * 60000, 'Steered["' || iif(value % 2, 'shop', 'n' || value) || '"]', 'n' || value,
              ?1 + 1000000000, '', '', 0, 'recovered'
       FROM json_each('[0,1,2,3,4,6,7,8,10,13]')`,
      BASE - 200 * MINUTE,
    );
    expect(
      namesOf(await pagesOf(checker, "/api/v1/incidents?limit=3", OWNER), "jobName").flat(),
    ).toHaveLength(10);
    // What a job was called before may have been meant for its owner alone.
    const seen = await pagesOf(checker, "/api/v1/incidents?limit=1");
    expect(namesOf(seen, "jobName")).toEqual([["Our shop"], ["Our shop"], ["Our shop"], ["Our shop"]]);
    expect(namesOf(seen, "startedAt")).toEqual([[at(-196)], [at(-198)], [at(-199)], [at(-200)]]);
    const own = await pagesOf(checker, `/api/v1/incidents?limit=3&job=${SHOP}`, OWNER);
    expect(namesOf(own, "jobName")).toEqual([["n13", "n7", "n3"], ["n1"]]);
    const ticks = await pagesOf(checker, "/api/v1/ticks?limit=1", OWNER);
    expect(namesOf(ticks, "id")).toEqual([[2], [1]]);
    await checker.sql(
      `INSERT INTO gap (frequency, from_slot, to_slot, slots, recorded_at) VALUES ('HOUR', 0, 3600000, 2, 1)`,
    );
    const gaps = await pagesOf(checker, "/api/v1/gaps?limit=1", OWNER);
    expect(namesOf(gaps, "slots")).toEqual([[2], [6]]);
    await checker.sql("UPDATE message SET closed = 0, throttled = 1, accepted_at = NULL, decided_at = 5000");
    const messages = await pagesOf(checker, "/api/v1/outbox?limit=1", OWNER);
    expect(messages.length).toBeGreaterThan(1);
    expect(new Set(namesOf(messages, "id").flat()).size).toBe(messages.length);
    expect(messages.at(-1)).toMatchObject([
      { state: "throttled", to: "admin@example.org", decidedAt: "1970-01-01T00:00:05.000Z" },
    ]);
  });

  test("of incidents whose last job is gone says so", async () => {
    const checker = await failed();
    await checker.sql(
      `INSERT INTO incident (from_at, job, name, to_at, first_reason, last_reason, notification_count, first_notified_at, accepted_at, ended, in_maintenance) SELECT from_at - 60000, job, name, to_at, first_reason, last_reason, notification_count, first_notified_at, accepted_at, ended, in_maintenance FROM incident`,
    );
    const { nextCursor } = await get<{ nextCursor: string }>(checker, "/api/v1/incidents?limit=1");
    expect(atob(nextCursor)).not.toContain("shop");
    suite.steering.jobs = [];
    await checker.tick(BASE + 8 * MINUTE);
    const answer = await checker.fetch(`/api/v1/incidents?limit=1&cursor=${nextCursor}`);
    expect(answer.status).toBe(400);
    expect(await expectDescribed("/api/v1/incidents", answer)).toMatchObject({
      detail: "cursor=… in the query leads to what is there no more. Leave it out, and begin anew.",
    });
  });
});

describe("an answer that has not changed", () => {
  test("is not sent again, to strangers nor to the owner", async () => {
    const checker = await failed("objects");
    for (const path of [`/api/v1/jobs`, `/api/v1/jobs/${SHOP}`, "/api/v1/problems", "/api/v1/openapi.json"]) {
      const tags: (string | null)[] = [];
      for (const init of [{ headers: {} }, OWNER]) {
        const first = await checker.fetch(path, init);
        const etag = first.headers.get("etag") ?? "";
        await first.text();
        tags.push(etag);
        for (const sent of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
          const headers = { ...init.headers, "if-none-match": sent };
          const again = await checker.fetch(path, { headers });
          expect([path, again.status, again.headers.get("etag"), await again.text()]).toEqual([
            path,
            304,
            etag,
            "",
          ]);
          expect(again.headers.get("cache-control")).toBe(first.headers.get("cache-control"));
        }
      }
      expect(tags[0]).toMatch(/^"[\w-]{22}"$/);
      // The document is the same for everyone.
      expect([path, tags[0] === tags[1]]).toEqual([path, path === "/api/v1/openapi.json"]);
    }
    const { headers } = await checker.fetch("/api/v1/jobs", OWNER);
    expect([headers.get("cache-control"), headers.get("vary")]).toEqual([
      "private, no-cache",
      "Authorization, Cookie, Cf-Access-Jwt-Assertion",
    ]);
    expect((await checker.fetch("/api/v1/jobs")).headers.get("cache-control")).toBe("public, max-age=10");
  });

  test("is sent anew once a tick came", async () => {
    const checker = await failed();
    const tag = (await checker.fetch("/api/v1/jobs", OWNER)).headers.get("etag") ?? "";
    await checker.tick(BASE + 8 * MINUTE);
    const headers = { ...OWNER.headers, "if-none-match": tag };
    expect((await checker.fetch("/api/v1/jobs", { headers })).status).toBe(200);
  });
});

describe("a fault of our own", () => {
  test.each([
    [
      "unset",
      "set-up-wrongly",
      /^ALERT_CONTACT\[0\] is not an email address\. Hint: an address, or a list: .*\. Run npm run check\.$/,
    ],
    ["bare", "unavailable", /no such table: .* Try again in a while\.$/],
  ] as const)(
    "is told to the owner of %s with its reason, and to others without",
    async (name, kind, reason) => {
      const answer = await suite.checker(name).fetch("/api/v1/jobs", OWNER);
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "30"]);
      expect(await expectDescribed("/api/v1/jobs", answer)).toMatchObject({
        type: `/api/v1/problems#${kind}`,
        detail: expect.stringMatching(reason) as string,
      });
      const other = await suite.checker(name).fetch("/api/v1/jobs");
      expect(await expectDescribed("/api/v1/jobs", other)).toMatchObject({
        status: 503,
        detail: "Whoever runs it is told by others. Try again in a while.",
      });
      expect(other.headers.get("cache-control")).toBe("no-store");
    },
  );

  test("of the object that makes answers is made good in place", async () => {
    const checker = await failed("objects");
    suite.steering.doomed.add("answer pages");
    expect(await get(checker, "/api/v1/jobs", OWNER)).toMatchObject({ total: 2 });
    expect(suite.logs()).toContain("The object that makes pages failed, so an answer is made in place: ");
  });
});
