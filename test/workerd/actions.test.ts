import { beforeEach, describe, expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";
import type { Checker } from "../support/worker/harness.ts";
import { failing, WELL } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "objects", runners: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "unset", vars: { JOBS: ["Steered"], ALERT_CONTACT: "nobody", ADMIN_TOKEN } },
]);

const OWNER = { authorization: `Bearer ${ADMIN_TOKEN}`, accept: "application/json" };
const VAULT = `/jobs/${jobId('Steered["vault"]')}`;

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function ask(checker: Checker, path: string, form: Record<string, string> = {}): Promise<Answered> {
  const answer = await checker.fetch(path, {
    method: "POST",
    body: new URLSearchParams(form),
    headers: OWNER,
  });
  const { text } = await answer.json<{ text: string }>();
  return { status: answer.status, text };
}

/** The text of a page as a person reads it. */
async function read(checker: Checker, path: string): Promise<string> {
  const answer = await checker.fetch(path, { headers: { authorization: OWNER.authorization } });
  const html = await answer.text();
  return html
    .replaceAll(/<(svg|select).*?<\/\1>/gs, " ")
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ([,.;:])/g, "$1");
}

async function failed(name: string): Promise<Checker> {
  const checker = suite.checker(name);
  suite.steering.jobs = [{ name: "shop" }, { name: "vault" }];
  suite.steering.set("vault", failing("the door is open"));
  await checker.tick(BASE);
  return checker;
}

let told: string[] = [];

beforeEach(() => {
  told = [];
});

/** Of all mails so far. */
async function subjects(): Promise<readonly string[]> {
  told.push(...(await suite.mails()).map(({ subject }) => subject.replace(/^\[\w+\] /, "")));
  return told;
}

describe.each(["one", "objects"])("the owner of %s", (name) => {
  test("runs a job that he has mended: it is up, and everybody who was told is told", async () => {
    const checker = await failed(name);
    expect(await subjects()).toEqual(["Steered vault failed"]);
    suite.steering.set("vault", WELL);
    const { status, text } = await ask(checker, `${VAULT}/run`);
    expect([status, text.slice(0, 9)]).toEqual([200, "It is up:"]);
    expect(await subjects()).toEqual(["Steered vault failed", "Steered vault is well again"]);
    const page = await read(checker, VAULT);
    expect(page).toContain("vault ✓ up for ");
    expect(page).toMatch(/recovery notified – recovery notified to admin@example\.org: accepted .* UTC/);
    expect(page).toMatch(/What was done here run, up: .* by ADMIN_TOKEN/);
    expect(await read(checker, "/")).toContain("All 2 jobs are up");
    // The next tick goes on where it was.
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toHaveLength(2);
  });

  test("acknowledges a failure, which is then shown so until it is over", async () => {
    const checker = await failed(name);
    expect((await ask(checker, `${VAULT}/acknowledge`)).status).toBe(200);
    expect((await ask(checker, `${VAULT}/acknowledge`)).status).toBe(409);
    expect(await read(checker, "/")).toMatch(/vault ✕ down since [^✕]* acknowledged the door is open/);
    suite.steering.set("vault", WELL);
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual(["Steered vault failed", "Steered vault is well again"]);
    expect(await read(checker, "/")).not.toContain("acknowledged");
    expect(await checker.sql("SELECT * FROM suppression")).toEqual([]);
  });

  test("silences a job: it is checked and shown, and not told until he wants", async () => {
    const checker = await failed(name);
    suite.steering.set("shop", failing("out of stock"));
    expect(await ask(checker, `/jobs/${jobId('Steered["shop"]')}/silence`, { for: "60" })).toMatchObject({
      status: 200,
      text: expect.stringMatching(
        /^Nothing is told until .* UTC\. What then still fails is told then\.$/,
      ) as string,
    });
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual(["Steered vault failed"]);
    expect(await read(checker, "/")).toMatch(/shop ✕ down since .* silenced until .* out of stock/);
    const page = await read(checker, `/jobs/${jobId('Steered["shop"]')}`);
    expect(page).toContain("kept back, silenced – failure threshold reached");
    await ask(checker, `/jobs/${jobId('Steered["shop"]')}/end-silence`);
    await checker.tick(BASE + 2 * MINUTE);
    expect(await subjects()).toEqual(["Steered vault failed", "Steered shop failed"]);
  });

  test("silences everything, which every page says", async () => {
    const checker = await failed(name);
    await ask(checker, "/silence", { for: "60" });
    // At the top, and beside each job.
    expect(await read(checker, "/")).toMatch(
      /Nothing is told of any job .*until .*silenced .*Checker itself .*shop ✓ up since .* silenced until /,
    );
    const job = await read(checker, `/jobs/${jobId('Steered["vault"]')}`);
    expect(job).toMatch(/✕ down for .* silenced until .* Do something/);
    // Which of the two it is, he learns by what he may end.
    expect(job).not.toContain("End the silence");
    const answer = await checker.fetch("/api/v1/jobs", {
      headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
    });
    const { items } = await answer.json<{ items: readonly { silencedUntil: string | null }[] }>();
    expect(items.map(({ silencedUntil }) => silencedUntil === null)).toEqual(items.map(() => false));
    suite.steering.set("vault", WELL);
    await checker.tick(BASE + MINUTE);
    expect(await subjects()).toEqual(["Steered vault failed"]);
    await ask(checker, "/end-silence");
    await checker.tick(BASE + 2 * MINUTE);
    expect(await subjects()).toEqual(["Steered vault failed", "Steered vault is well again"]);
  });

  test("sends himself a test mail, and what was set aside again or not at all", async () => {
    const checker = await failed(name);
    expect(await ask(checker, "/test-mail")).toEqual({
      status: 200,
      text: "admin@example.org: accepted by the mail service. Look whether it arrives.",
    });
    expect(await subjects()).toEqual(["Steered vault failed", "Test mail"]);
    suite.steering.mail.set("admin@example.org", {
      code: "E_RECIPIENT_NOT_ALLOWED",
      message: "not verified",
    });
    const refused = "admin@example.org: not accepted (E_RECIPIENT_NOT_ALLOWED: not verified).";
    expect((await ask(checker, "/test-mail")).text).toBe(refused);
    expect((await ask(checker, "/test-mail")).text).toBe(refused);
    suite.steering.mail.clear();
    const rows = await checker.sql("SELECT id FROM message WHERE failed_at IS NOT NULL");
    const [first, second] = rows.map(({ id }) => String(id));
    expect(await ask(checker, `/outbox/${first}/retry`)).toEqual({ status: 200, text: "It is tried again." });
    expect(await ask(checker, `/outbox/${second}/drop`)).toEqual({
      status: 200,
      text: "It is dropped, and was not told.",
    });
    expect(await subjects()).toEqual(["Steered vault failed", "Test mail", "Test mail"]);
    const page = await read(checker, "/outbox");
    expect(page).toContain("Nothing waits: everything was told.");
    expect(page).toMatch(/message dropped \[\w+\] Test mail, to admin@example\.org .*message sent again/);
  });
});

test("a Checker that is set up wrongly says so, and does nothing", async () => {
  const { status, text } = await ask(suite.checker("unset"), "/test-mail");
  expect(status).toBe(400);
  expect(text).toMatch(/^This Checker is set up wrongly: ALERT_CONTACT/);
  expect(await suite.checker("unset").sql("SELECT * FROM audit_log")).toEqual([]);
});
