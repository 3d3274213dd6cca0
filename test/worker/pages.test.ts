import { describe, expect, test } from "vitest";
import type { Checker } from "../support/worker-harness.ts";
import { failing } from "../support/worker-steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers } from "../support/worker-suite.ts";

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

  test("tells a stranger of public jobs alone, the same for ten seconds", async () => {
    const checker = await running(name);
    const page = await textOf(await checker.fetch("/"));
    expect(page).toMatch(/^Status The only job is up Checked /);
    expect(page).toMatch(/For all 1 job shop ✓ up since/);
    expect(page).not.toMatch(/vault|door|Steered|Outbox|Peers/);
    await checker.sql("UPDATE job_state SET status = 'down'");
    expect(await textOf(await checker.fetch("/"))).toContain("The only job is up");
    expect(await textOf(await checker.fetch("/", OWNER))).toContain("2 of 2 jobs are down");
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
