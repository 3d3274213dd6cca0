import { describe, expect, test } from "vitest";
import type { Checker } from "../support/worker/harness.ts";
import { failing } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, DAY, MINUTE, statusOf, useWorkers, utc } from "../support/worker/suite.ts";

const THREE = ["one@example.org", "two@example.org", "three@example.org"];

const suite = useWorkers(() => [
  { name: "plain", vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
  { name: "three", vars: { JOBS: ["Steered"], ALERT_CONTACT: THREE } },
  { name: "mute", vars: { JOBS: ["Steered", "EmailChecker"], NO_MAIL: "true" } },
  { name: "busting", vars: { JOBS: ["Steered"], BUST_THREADING: true, ALERT_CONTACT: THREE } },
  // Half a minute of waiting for the mail service passes in 0.9 s.
  { name: "quick", vars: { JOBS: ["Steered"], TIME_SCALE: 0.03, ALERT_CONTACT: THREE } },
]);

const ADMIN = "admin@example.org";
const RATE_LIMIT = { code: "E_RATE_LIMIT_EXCEEDED", message: "too many messages" };
const NOT_ALLOWED = { code: "E_RECIPIENT_NOT_ALLOWED", message: "this recipient is not allowed" };

/** A tick that decides one alert about `db`. */
async function failOnce(checker: Checker): Promise<void> {
  suite.steering.jobs = [{ name: "db" }];
  suite.steering.set("db", failing("it is gone"));
  await checker.tick(BASE);
}

/** Lets everything that waits for its next attempt, or is held by a dead sender, be due. */
async function passTime(checker: Checker): Promise<void> {
  await checker.sql("UPDATE message SET next_attempt_at = 0 WHERE closed = 0");
}

async function recipients(): Promise<string[]> {
  return (await suite.mails()).map(({ to }) => to).toSorted();
}

async function prove(checker: Checker): Promise<void> {
  await checker.sql("INSERT INTO loopback VALUES ('t', 'm', ?1, ?1)", BASE);
}

describe("a message that is refused for now", () => {
  test("waits, is shown at /status, and is sent by a later tick", async () => {
    const checker = suite.checker();
    await prove(checker);
    suite.steering.mail.set(ADMIN, RATE_LIMIT);
    await failOnce(checker);
    expect(await recipients()).toEqual([]);
    expect(await statusOf(checker)).toBe("MailProblem: a message was refused and waits for its next attempt");
    const [row] = await checker.sql(
      "SELECT attempts, last_error_code, last_error, next_attempt_at, closed FROM message",
    );
    expect(row).toMatchObject({
      attempts: 1,
      last_error_code: "E_RATE_LIMIT_EXCEEDED",
      last_error: "too many messages",
      closed: 0,
    });
    const gapMs = Number(row?.["next_attempt_at"]) - checker.now();
    expect(gapMs).toBeGreaterThan(15_000);
    expect(gapMs).toBeLessThanOrEqual(45_000);

    suite.steering.mail.clear();
    await checker.tick(BASE + MINUTE);
    expect(await suite.mails()).toMatchObject([{ to: ADMIN, subject: "[plain] Steered db failed" }]);
    expect(await statusOf(checker)).toBe("True: well");

    await passTime(checker);
    await checker.tick(BASE + 2 * MINUTE);
    expect(suite.steering.tried).toEqual([ADMIN, ADMIN]);
  });

  test("for three days is given up, and stays visible", async () => {
    const checker = suite.checker();
    await prove(checker);
    suite.steering.mail.set(ADMIN, RATE_LIMIT);
    await failOnce(checker);
    await checker.sql("UPDATE message SET attempts = 9, decided_at = decided_at - ?1", 3 * DAY);
    await passTime(checker);
    await checker.tick(BASE + MINUTE);
    expect(await checker.sql("SELECT attempts, last_error_code, closed FROM message")).toEqual([
      { attempts: 10, last_error_code: "E_RATE_LIMIT_EXCEEDED", closed: 1 },
    ]);
    expect(await statusOf(checker)).toBe("MailProblem: a message could not be delivered and was set aside");
    await checker.sql("UPDATE message SET failed_at = failed_at - ?1", 3 * DAY);
    expect(await statusOf(checker)).toBe("True: well");
  });

  test("is sent also by a tick that fails, and once only by ticks at the same moment", async () => {
    const checker = suite.checker();
    suite.steering.mail.set(ADMIN, RATE_LIMIT);
    await failOnce(checker);
    suite.steering.mail.clear();
    await passTime(checker);
    suite.steering.faults.push({ sql: "INSERT INTO instance", how: "fail" });
    const ended = await Promise.allSettled([1, 2].map((minute) => checker.tick(BASE + minute * MINUTE)));
    expect(ended.map((one) => one.status)).toEqual(["rejected", "rejected"]);
    expect(await recipients()).toEqual([ADMIN]);
  });
});

describe("a message that is refused for good", () => {
  test("is set aside at once and not tried again, and /status shows it", async () => {
    const checker = suite.checker();
    await prove(checker);
    suite.steering.mail.set(ADMIN, NOT_ALLOWED);
    await failOnce(checker);
    expect(await statusOf(checker)).toBe("MailProblem: a message could not be delivered and was set aside");
    await passTime(checker);
    await checker.tick(BASE + MINUTE);
    expect(suite.steering.tried).toEqual([ADMIN]);
    expect(await checker.sql("SELECT attempts, last_error_code, closed FROM message")).toEqual([
      { attempts: 1, last_error_code: "E_RECIPIENT_NOT_ALLOWED", closed: 1 },
    ]);
  });
});

describe("several recipients", () => {
  test("each get their own message, and one that is refused holds up no other", async () => {
    const checker = suite.checker("three");
    suite.steering.mail.set("two@example.org", RATE_LIMIT);
    await failOnce(checker);
    expect(await recipients()).toEqual(["one@example.org", "three@example.org"]);
    suite.steering.mail.clear();
    await passTime(checker);
    await checker.tick(BASE + MINUTE);
    expect(await recipients()).toEqual(["two@example.org"]);
  });
});

describe("with NO_MAIL", () => {
  test("all is decided and written down, and nothing is sent", async () => {
    const checker = suite.checker("mute");
    await failOnce(checker);
    expect(await recipients()).toEqual([]);
    expect(suite.steering.tried).toEqual([]);
    expect(await checker.sql("SELECT subject, closed, attempts FROM message")).toEqual([
      { subject: "[mute] Steered db failed", closed: 1, attempts: 1 },
    ]);
    expect(await checker.sql("SELECT status, reason FROM job_state WHERE job = 'EmailChecker'")).toEqual([
      { status: "inconclusive", reason: "NO_MAIL is set, so nothing is mailed and nothing is proven" },
    ]);
    expect(await checker.status()).toBe("MailProblem");
  });
});

describe("with BUST_THREADING", () => {
  test("a random number ends each subject, the same for all who get the notice", async () => {
    const checker = suite.checker("busting");
    suite.steering.jobs = [{ name: "db", notify: "EVERYTIME" }];
    suite.steering.set("db", failing("it is gone"));
    const numbers: string[] = [];
    for (let minute = 0; minute < 3; minute++) {
      await checker.tick(BASE + minute * MINUTE);
      const subjects = new Set((await suite.mails()).map(({ subject }) => subject));
      const [subject = "", ...others] = subjects;
      expect(others).toEqual([]);
      numbers.push(/^\[busting\] Steered db failed (\d{6})$/.exec(subject)?.[1] ?? subject);
    }
    expect(new Set(numbers).size).toBe(3);
  });
});

describe("text from outside", () => {
  test("in any script arrives as it was, over headers of ASCII alone", async () => {
    const checker = suite.checker();
    const name = "Größe der Warteschlange – 監視対象サーバーの応答時間 🎉 ελληνικά";
    suite.steering.jobs = [{ name }];
    suite.steering.set(name, failing("größer als 5 € – 世界 🎉"));
    await checker.tick(BASE);
    const [mail] = await suite.mails();
    expect(mail?.subject).toBe(`[plain] Steered ${name} failed`);
    expect(mail?.body).toBe(
      [
        `Steered ${name} failed.`,
        "",
        "Reason:   größer als 5 € – 世界 🎉",
        `Since:    ${utc(BASE)}`,
        "Failures: 1 in a row",
        `Checked:  ${utc(BASE)}`,
        "",
        "What to do: look at what the job watches. When it is well again, the job notices by itself.",
        "",
      ].join("\n"),
    );
    const head = mail?.raw.split("\r\n\r\n")[0] ?? "";
    expect(head).toMatch(/^[\x20-\x7e\r\n]+$/);
    // RFC 2047 section 2: a line that holds an encoded word has 76 characters at most.
    const encoded = head.split("\r\n").filter((line) => line.includes("=?"));
    expect(Math.max(...encoded.map((line) => line.length))).toBeLessThanOrEqual(76);
  });

  test("cannot add a header or a paragraph", async () => {
    const checker = suite.checker();
    const name = "db\r\nBcc: victim@example.net\r\n\r\nbuy this";
    suite.steering.jobs = [{ name }];
    suite.steering.set(name, failing("500\r\nBcc: victim@example.net\u2028\n\nWhat to do: send money"));
    await checker.tick(BASE);
    const [mail, ...more] = await suite.mails();
    expect(more).toEqual([]);
    expect(mail?.to).toBe(ADMIN);
    expect(mail?.header("bcc")).toBeUndefined();
    expect(mail?.subject).toBe("[plain] Steered db Bcc: victim@example.net buy this failed");
    expect(mail?.body.split("\n").slice(0, 3)).toEqual([
      "Steered db Bcc: victim@example.net buy this failed.",
      "",
      "Reason:   500 Bcc: victim@example.net What to do: send money",
    ]);
  });
});

describe("a sender that dies", () => {
  test("between the commit and the sending leaves its messages to the next tick", async () => {
    const checker = suite.checker();
    suite.steering.faults.push({ sql: "UPDATE message SET next_attempt_at", how: "die" });
    await expect(failOnce(checker)).rejects.toThrow("the tick ended with exception");
    expect(await recipients()).toEqual([]);
    suite.steering.faults.length = 0;
    await checker.tick(BASE + MINUTE);
    expect(await suite.mails()).toMatchObject([{ to: ADMIN, subject: "[plain] Steered db failed" }]);
  });

  test("in the middle of the sending keeps them for a while, then a later tick sends them", async () => {
    const checker = suite.checker();
    suite.steering.mail.set(ADMIN, "die");
    await expect(failOnce(checker)).rejects.toThrow("the tick ended with exception");
    suite.steering.mail.clear();
    await checker.tick(BASE + MINUTE);
    expect(await recipients()).toEqual([]);
    await checker.sql("UPDATE message SET next_attempt_at = next_attempt_at - ?1", 6 * MINUTE);
    await checker.tick(BASE + 7 * MINUTE);
    expect(await recipients()).toEqual([ADMIN]);
  });

  test("after the sending, before it was written down, makes it come twice rather than never", async () => {
    const checker = suite.checker();
    suite.steering.faults.push({ sql: "UPDATE message SET attempts", how: "die" });
    await expect(failOnce(checker)).rejects.toThrow("the tick ended with exception");
    expect(await recipients()).toEqual([ADMIN]);
    suite.steering.faults.length = 0;
    await passTime(checker);
    await checker.tick(BASE + MINUTE);
    expect(await recipients()).toEqual([ADMIN]);
    await passTime(checker);
    await checker.tick(BASE + 2 * MINUTE);
    expect(await recipients()).toEqual([]);
  });
});

describe("a mail service", () => {
  test("that never answers holds up no other message, and the one that waited is sent later", async () => {
    const checker = suite.checker("quick");
    suite.steering.mail.set("two@example.org", "hang");
    await failOnce(checker);
    expect(await recipients()).toEqual(["one@example.org", "three@example.org"]);
    expect(await checker.sql("SELECT last_error_code, last_error FROM message WHERE closed = 0")).toEqual([
      { last_error_code: "E_TIMEOUT", last_error: "the mail service did not answer within 30 s" },
    ]);
    suite.steering.mail.clear();
    await passTime(checker);
    await checker.tick(BASE + MINUTE);
    expect(await recipients()).toEqual(["two@example.org"]);
  });

  test("is given one mail for each person, also when a thousand jobs fail in one tick", async () => {
    const checker = suite.checker("three");
    suite.steering.jobs = Array.from({ length: 1000 }, (_, index) => ({
      name: `n${index}`,
      always: "throw",
    }));
    await checker.tick(BASE);
    const mails = await suite.mails();
    expect(mails.map(({ subject }) => subject)).toEqual(Array.from({ length: 3 }, () => "[three] 1000 down"));
    expect(new Set(mails.map(({ to }) => to))).toEqual(new Set(THREE));
    const body = mails[0]?.body ?? "";
    expect(body.length).toBeLessThan(100_000);
    for (let index = 0; index < 1000; index++) expect(body).toContain(`- Steered n${index}\n`);
  });
});
