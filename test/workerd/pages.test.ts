import { describe, expect, test } from "vitest";
import type { Checker } from "../support/worker/harness.ts";
import { failing, WELL } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "objects", runners: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "unset", vars: { JOBS: ["Steered"], ALERT_CONTACT: "nobody", ADMIN_TOKEN } },
  { name: "bare", vars: { JOBS: ["Steered"], ADMIN_TOKEN }, migrated: false },
]);

const OWNER = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };

/** The text of a page as a person reads it. */
async function textOf(answer: Response): Promise<string> {
  const html = await answer.text();
  return html
    .replace(/^.*?<main[^>]*>/s, "")
    .replaceAll(/<svg.*?<\/svg>/gs, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([,.;:])/g, "$1")
    .trim();
}

/** Two jobs, of which one fails and one is public. */
async function running(name: string): Promise<Checker> {
  const checker = suite.checker(name);
  suite.steering.jobs = [{ name: "shop" }, { name: "vault" }];
  suite.steering.set("vault", failing("the door is open"));
  await checker.tick(BASE);
  await checker.sql(`UPDATE series SET is_public = 1, group_name = 'For all' WHERE job = 'Steered["shop"]'`);
  return checker;
}

describe.each(["one", "objects"])("the first page of %s", (name) => {
  test("tells its owner what is down and why, before all else", async () => {
    const page = await textOf(await (await running(name)).fetch("/", OWNER));
    expect(page).toMatch(/^one|^objects/);
    expect(page).toContain("1 of 2 jobs is down Checked ");
    expect(page).toMatch(/Steered 1 of 1 down vault ✕ down since [\d-]+ [\d:]+ UTC the door is open/);
    expect(page.indexOf("vault")).toBeLessThan(page.indexOf("shop"));
    expect(page).toContain("Outbox nothing waits Peers none: nobody else watches this Checker for you");
  });

  test("does not say without more that Checker is well while a file makes no job", async () => {
    const checker = await running(name);
    await checker.sql("REPLACE INTO loopback VALUES ('t', 'm', ?1, ?1 + 900)", BASE - MINUTE);
    const itself = async (): Promise<string | undefined> =>
      /Checker itself (.*?) Checks/.exec(await textOf(await checker.fetch("/", OWNER)))?.[1];
    expect(await itself()).toBe("✓ is well");
    await checker.sql("INSERT INTO load_error VALUES ('Web', 'entry 2: \"x\" is not an HTTP address')");
    expect(await itself()).toBe("? is well, but not all jobs run");
  });

  test("and all else that is asked is counted in what the next tick records", async () => {
    const checker = await running(name);
    const rowsOfTick = async (minute: number): Promise<number> => {
      await checker.tick(BASE + minute * MINUTE);
      const [row] = await checker.sql(
        "SELECT usage ->> '$.tick.rowsRead' AS rows FROM tick ORDER BY id DESC LIMIT 1",
      );
      return Number(row?.["rows"]);
    };
    await rowsOfTick(1);
    const quiet = await rowsOfTick(2);
    for (const path of ["/", "/incidents", "/api/v1/instance", "/status"])
      await (await checker.fetch(path)).text();
    expect(await rowsOfTick(3)).toBeGreaterThan(quiet + 20);
    expect(await rowsOfTick(4)).toBeLessThan(quiet + 20);
  });

  test("tells a stranger of public jobs alone, and never why", async () => {
    const checker = await running(name);
    const page = await textOf(await checker.fetch("/"));
    expect(page).toMatch(/^Status The only job is up Checked /);
    expect(page).toMatch(/For all 1 job shop ✓ up since/);
    expect(page).not.toMatch(/vault|door|Steered|Outbox|Peers/);
    suite.steering.set("shop", failing("out of stock"));
    await checker.tick(BASE + MINUTE);
    expect(await textOf(await checker.fetch("/", OWNER))).toContain("2 of 2 jobs are down");
    // Whose clock follows the ticks: a minute has passed.
    const later = await textOf(await checker.fetch("/"));
    expect(later).toContain("The only job is down");
    expect(later).not.toContain("stock");
  });
});

/** Addresses of the jobs' pages, by the name that links to them. */
async function linksOf(answer: Response): Promise<Record<string, string>> {
  const links = (await answer.text()).matchAll(/<a href="(\/jobs\/[0-9a-z]{14})">([^<]*)<\/a>/g);
  return Object.fromEntries([...links].map(([, path = "", name = ""]) => [name, path]));
}

describe.each(["one", "objects"])("what failed, at %s,", (name) => {
  async function failed() {
    const checker = await running(name);
    suite.steering.set("shop", failing("out of stock"));
    await checker.tick(BASE + MINUTE);
    suite.steering.set("shop", WELL);
    await checker.tick(BASE + 8 * MINUTE);
    const { shop = "", vault = "" } = await linksOf(await checker.fetch("/", OWNER));
    const page = async (path: string, init?: RequestInit) => {
      const answer = await checker.fetch(path, init);
      return [answer.status, await textOf(answer)] as const;
    };
    return { checker, shop, vault, page };
  }

  test("stands on the page of its job: to its owner with reasons and mails", async () => {
    const { shop, vault, page } = await failed();
    const [status, text] = await page(vault, OWNER);
    expect(status).toBe(200);
    expect(text).toMatch(/^Steered vault ✕ down for /);
    expect(text).toContain("the door is open Checked every minute, last ");
    expect(text).toMatch(/Private\. Uptime Today 7 days 30 days 90 days 0 %/);
    expect(text).toMatch(
      /Incidents ✕ goes on .*, from .* the door is open Told once, first .*; mail accepted /,
    );
    expect((await page(shop, OWNER))[1]).toMatch(
      /Incidents ✓ is over 7 min, from .* UTC to .* UTC out of stock Told once/,
    );
  });

  test("is told to a stranger of public jobs alone, without reasons", async () => {
    const { shop, vault, page } = await failed();
    const [status, text] = await page(shop);
    expect(status).toBe(200);
    expect(text).toMatch(/^For all shop ✓ up for .* Incidents ✓ is over 7 min, from/);
    expect(text).not.toMatch(/stock|Told|Public/);
    const nothing = [404, "There is no such job Or it is not shown to the public."];
    expect(await page(vault)).toEqual(nothing);
    expect(await page("/jobs/0123456789abcd")).toEqual(nothing);
  });

  test("is listed by day, and as a feed", async () => {
    const { page } = await failed();
    const day = new Date(BASE).toISOString().slice(0, 10);
    expect((await page("/incidents", OWNER))[1]).toMatch(
      new RegExp(`^Incidents As a feed ${day} UTC shop ✓ is over 7 min, .* vault ✕ goes on`),
    );
    const [, seen] = await page("/incidents");
    expect(seen).toMatch(new RegExp(`^Incidents As a feed ${day} UTC shop ✓ is over 7 min, `));
    expect(seen).not.toMatch(/vault|door|stock/);
    const [status, feed] = await page("/incidents.atom");
    expect([status, feed]).toEqual([200, expect.stringContaining("shop was down for 7 min")]);
    expect(feed).not.toMatch(/vault|door|stock/);
    expect((await page("/incidents.atom", OWNER))[1]).toContain("Reason: the door is open");
  });

  test("is shown for every range", async () => {
    const { shop, page } = await failed();
    for (const range of ["24h", "7d", "30d", "90d", "1y", "nonsense"]) {
      const [status, text] = await page(`${shop}?range=${range}`, OWNER);
      expect([range, status, text]).toEqual([
        range,
        200,
        expect.stringContaining("Latency 24 h 7 d 30 d 90 d 1 y 5 ms"),
      ]);
    }
  });
});

test("more incidents than fit on a page are on the next, none twice and none left out", async () => {
  const checker = await running("one");
  await checker.sql("DELETE FROM incident");
  await checker.sql(
    `INSERT INTO incident (from_at, job, name, to_at, first_reason, last_reason, notification_count, ended)
     SELECT ?1 + (value / 3) * 60000, 'Steered["' || value || '"]', 'Steered n' || value, ?1 + 1000000000, '', '', 0, 'recovered'
     FROM json_each(?2)`,
    BASE - 200 * MINUTE,
    JSON.stringify(Array.from({ length: 120 }, (_, index) => index + 1)),
  );
  const seen: string[] = [];
  let path: string | undefined = "/incidents";
  for (let pages = 0; path !== undefined && pages < 5; pages++) {
    const html: string = await (await checker.fetch(path, OWNER)).text();
    seen.push(...[...html.matchAll(/<h3>(n\d+)<\/h3>/g)].map(([, name]) => name ?? ""));
    path = /href="(\/incidents\?[^"]*)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");
  }
  expect(seen).toHaveLength(120);
  expect(new Set(seen).size).toBe(120);
});

test("to strangers incidents tell no identity, not even where a page ends, nor what a job was called before", async () => {
  const checker = suite.checker("one");
  suite.steering.jobs = [{ name: "secret-host", shownAs: "Our shop", isPublic: true }];
  await checker.tick(BASE);
  await checker.sql(
    `INSERT INTO incident (from_at, job, name, to_at, first_reason, last_reason, notification_count, ended)
     SELECT ?1 + value * 60000, 'Steered["secret-host"]', 'its old name', ?1 + 1000000000, '', '', 0, 'recovered'
     FROM json_each(?2)`,
    BASE - 200 * MINUTE,
    JSON.stringify(Array.from({ length: 60 }, (_, index) => index)),
  );
  const read = async (path: string): Promise<string> => (await checker.fetch(path)).text();
  const incidents = (html: string): number => html.split("Our shop</a></h3>").length - 1;
  const first = await read("/incidents");
  const older = /href="(\/incidents\?[^"]*)"/.exec(first)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const second = await read(older);
  expect([incidents(first), incidents(second)]).toEqual([50, 10]);
  expect(first + second + (await read("/incidents.atom"))).not.toMatch(/secret-host|old name/);
  expect(await (await checker.fetch("/api/v1/incidents")).text()).not.toMatch(/secret-host|old name/);
  // With an identity that is guessed a page says nothing of whether it was right.
  const guess = (job: string): Promise<string> => read(`/incidents?before=${BASE - 145 * MINUTE}&job=${job}`);
  expect([incidents(await guess("A")), incidents(await guess("Z"))]).toEqual([50, 50]);
});

describe("what was not told", () => {
  test("stands on a page of its own, with what the mail service said, for the owner alone", async () => {
    const checker = suite.checker("one");
    suite.steering.jobs = [{ name: "vault" }];
    suite.steering.set("vault", failing("<b>the door</b> is open"));
    suite.steering.mail.set("admin@example.org", { code: "E_SENDER_NOT_VERIFIED", message: "not verified" });
    await checker.tick(BASE).catch(() => undefined);
    const overview = await checker.fetch("/", OWNER);
    expect(await overview.text()).toContain(`<a href="/outbox">1 message waiting</a>`);
    const answer = await checker.fetch("/outbox", OWNER);
    expect(await textOf(answer)).toMatch(
      /^Outbox \[one\] Steered vault failed to admin@example\.org waits, decided [\d-]+ [\d:]+ UTC, 1 attempt, next .* UTC The mail service said E_SENDER_NOT_VERIFIED: not verified Send it now Drop it Text Steered vault failed\. Reason: &lt;b&gt;the door&lt;\/b&gt; is open/,
    );
    const stranger = await checker.fetch("/outbox", { redirect: "manual" });
    expect([stranger.status, stranger.headers.get("location"), await stranger.text()]).toEqual([
      303,
      "/sign-in?to=/outbox",
      "",
    ]);
  });

  test("is nothing where everything was told", async () => {
    const checker = await running("one");
    expect(await textOf(await checker.fetch("/outbox", OWNER))).toBe(
      "Outbox Nothing waits: everything was told. Does mail arrive? Send a test mail to every alert contact " +
        "What was done here Nothing yet.",
    );
  });
});

test("a page whose object dies is made in place", async () => {
  const checker = await running("objects");
  suite.steering.doomed.add("page pages");
  expect(await textOf(await checker.fetch("/", OWNER))).toContain("1 of 2 jobs is down");
  expect(suite.logs()).toContain("The object that makes pages failed, so it is made in place: ");
});

describe("the first page says what is wrong with this Checker", () => {
  test("when its settings are invalid: to its owner which, to others nothing", async () => {
    const answer = await suite.checker("unset").fetch("/", OWNER);
    expect([answer.status, await textOf(answer)]).toEqual([
      503,
      `This Checker is set up wrongly, and watches nothing ALERT_CONTACT[0] is not an email address. Hint: an address, or a list: [&quot;ops@example.com&quot;, &quot;me@example.com&quot;]`,
    ]);
    expect(await textOf(await suite.checker("unset").fetch("/"))).toBe(
      "This Checker is set up wrongly, and watches nothing Whoever runs it is told by others. Try again in a while.",
    );
  });

  test("when its database cannot be read", async () => {
    const answer = await suite.checker("bare").fetch("/");
    expect([answer.status, await textOf(answer)]).toEqual([
      503,
      "Nothing can be shown at present Whoever runs it is told by others. Try again in a while.",
    ]);
    expect(await textOf(await suite.checker("bare").fetch("/", OWNER))).toMatch(/no such table/);
  });

  test("when it has not run yet, and when it runs no more", async () => {
    const checker = suite.checker("one");
    expect(await textOf(await checker.fetch("/", OWNER))).toMatch(
      /^one The present state is not known Checker has not run yet\. Checker itself ✕ does not run as it should/,
    );
    const well = await running("one");
    await well.sql("UPDATE tick SET finished_at = finished_at - ?1", 4 * MINUTE);
    expect(await textOf(await well.fetch("/", OWNER))).toMatch(
      /^one The present state is not known 1 of 2 jobs is down, when Checker last ran: 4 min/,
    );
  });
});
