/** Nobody's mail waits for somebody else's trouble, and nothing is closed that was not sent in full. */
import { describe, expect, test } from "vitest";
import { down, up } from "../../src/core/outcome.ts";
import type { Mail } from "../../src/mail/message.ts";
import { ACCEPTED, never, refused } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

const BAD = "bad@example.com";
const GOOD = "good@example.com";

/** A job that is notified of at every failure, and one that fails when the test says so. */
function shop(settings: Partial<Instance["settings"]> = {}): Instance & { shopIsDown: boolean } {
  const checker = new Instance(
    [
      jobFile("Every", {
        execute: () => down("as always"),
        notifyOnFailureEvery: () => "EVERYTIME",
        numberFailuresBeforeNotification: () => 1,
      }),
      jobFile("Shop", {
        execute: () => (instance.shopIsDown ? down("the shop is down") : up()),
        numberFailuresBeforeNotification: () => 1,
      }),
    ],
    { alertContacts: [BAD, GOOD], maxMailsPerHour: 1000, ...settings },
  );
  const instance = Object.assign(checker, { shopIsDown: false });
  return instance;
}

function minute(n: number): string {
  return `${String(10 + Math.floor(n / 60)).padStart(2, "0")}:${String(n % 60).padStart(2, "0")}`;
}

const to = (address: string, mails: readonly Mail[]): readonly Mail[] =>
  mails.filter((mail) => mail.to === address);

describe("a mailbox that refuses mail for now", () => {
  test("delays no alert to anybody else, however much waits for it, and is tried at growing delays", async () => {
    const checker = shop();
    const attemptsAt: number[] = [];
    const toldOfShop: boolean[] = [];
    let now = 0;
    checker.mailer.answer = (mail) => {
      if (mail.to !== BAD) return ACCEPTED;
      attemptsAt.push(now);
      return refused();
    };
    for (now = 0; now < 330; now++) {
      checker.shopIsDown = now >= 300;
      const mails = to(GOOD, await checker.tick(minute(now)));
      expect(mails).toHaveLength(1);
      toldOfShop.push(mails[0]?.body.includes("the shop is down") ?? false);
    }
    expect(toldOfShop.indexOf(true)).toBe(300);
    const delays = attemptsAt.slice(1).map((at, index) => at - (attemptsAt[index] ?? 0));
    // From the third refusal on the newest message is tried alone as well, at the same time.
    expect(delays.filter((delay) => delay > 0)).toEqual([1, 2, 3, 6, 11, 21, 42, 53, 53, 53, 53]);
    checker.mailer.answer = () => ACCEPTED;
    const [late, ...noMore] = to(BAD, await checker.tick(minute(400)));
    expect(noMore).toEqual([]);
    expect(late?.body).toContain("- Shop (2026-11-23 15:00 UTC)");
  });

  test("that hangs takes no slot from those who take mail once it is known", async () => {
    const checker = shop({ alertContacts: [BAD, GOOD] });
    checker.mailer.answer = (mail) => (mail.to === BAD ? refused() : ACCEPTED);
    await checker.tick("10:00");
    const order: string[] = [];
    checker.mailer.answer = (mail) => {
      order.push(mail.to);
      return ACCEPTED;
    };
    await checker.tick("10:01");
    expect(order).toEqual([GOOD, BAD]);
  });
});

describe("a combined mail that is refused again and again", () => {
  test("does not keep a fresh alert that is accepted alone from its recipient", async () => {
    const checker = shop({ alertContacts: [GOOD] });
    // Whatever holds the poison is refused for now.
    checker.mailer.answer = ({ body }) => (body.includes("as always") ? refused() : ACCEPTED);
    for (let n = 0; n < 10; n++) await checker.tick(minute(n));
    checker.files = checker.files.filter(({ name }) => name === "Shop");
    checker.shopIsDown = true;
    const subjects: string[] = [];
    for (let n = 10; n < 40; n++) subjects.push(...(await checker.subjects(minute(n))));
    expect(subjects).toEqual(["[checker-eu] Shop failed"]);
  });
});

describe("a message whose sending ends the invocation", () => {
  /** Ends every delivery that sends the poison before a result is known. */
  async function deliverOrDie(checker: Instance, sent: string[]): Promise<void> {
    let die = (): void => undefined;
    const death = new Promise<void>((resolve) => (die = resolve));
    const { store } = checker;
    let isDead = false;
    const settle = store.recordDeliveries.bind(store);
    // A dead invocation records nothing more.
    store.recordDeliveries = (...args) => (isDead ? never() : settle(...args));
    checker.mailer.answer = (mail) => {
      sent.push(mail.body.includes("poison") ? "poison" : mail.to);
      if (!mail.body.includes("poison")) return ACCEPTED;
      isDead = true;
      die();
      return never();
    };
    await Promise.race([checker.deliver(), death]);
    store.recordDeliveries = settle;
  }

  test("takes others with it at most twice, and is then sent alone, last and at growing delays", async () => {
    const checker = new Instance(
      [
        jobFile("Poison", {
          execute() {
            return this.sendEmail("poison", "poison", "zoe@example.com");
          },
          executeEvery: () => "DAY",
        }),
        jobFile("Well", {
          execute: () => down("zoe's own"),
          executeEvery: () => "DAY",
          numberFailuresBeforeNotification: () => 1,
          onFailure() {
            return this.sendEmail("fine", "fine", "zoe@example.com");
          },
        }),
        jobFile("Other", { execute: () => down("gone"), numberFailuresBeforeNotification: () => 1 }),
      ],
      { alertContacts: [GOOD] },
    );
    await checker.runTick("10:00");
    const startMs = checker.clock.ms;
    const sentAt: [number, string][] = [];
    for (let n = 0; n < 100; n++) {
      checker.clock.ms = startMs + n * 60_000;
      const sent: string[] = [];
      await deliverOrDie(checker, sent);
      for (const what of sent) sentAt.push([n, what]);
    }
    // Both go out together twice; then each goes alone, and the one that is fine arrives.
    expect(sentAt).toEqual([
      [0, "poison"],
      [0, GOOD],
      [6, "poison"],
      [12, "zoe@example.com"],
      [12, "poison"],
      [18, "poison"],
      [30, "poison"],
      [54, "poison"],
    ]);
    expect(await checker.store.readOutbox(9)).toMatchObject([
      { subject: "[checker-eu] poison", attempts: 6 },
    ]);
  });
});

describe("what one job mails", () => {
  const loud = (count: number, length: number): Instance =>
    new Instance([
      jobFile("Loud", {
        execute() {
          for (let n = 0; n < count; n++)
            this.sendEmail(`report ${n}`, `begin ${n} ${"x".repeat(length)} end ${n}`);
          return true;
        },
      }),
    ]);

  test("is bounded in each tick, and what is over is reported once", async () => {
    const checker = loud(300, 10);
    const [mail] = await checker.tick("10:00");
    expect(mail?.body).toContain("end 19\n");
    expect(mail?.body).not.toContain("begin 20 ");
    expect(mail?.body).toContain(
      `Too many mails of jobs

Loud asked for more than 20 mails or 1,000,000 characters in one run.

The first of them were sent, the others were not: so many mails would delay the alerts of other jobs.

What to do: let the job put what it reports into fewer and shorter mails.
`,
    );
    expect((await checker.store.readInstance()).loadErrors.map(({ name }) => name)).toEqual([
      "Mails of Loud",
    ]);
    const [next] = await checker.tick("10:01");
    expect(next?.body).toContain("end 19\n");
    expect(next?.body).not.toContain("asked for more");
  });

  test("is bounded for a recipient who takes none, without a loss of alerts", async () => {
    const checker = new Instance(
      [
        jobFile("Report", {
          execute({ nowMs }) {
            const said = this.sendEmail("report", `at ${nowMs}`, BAD);
            return this.sendEmail("for good", "as always", GOOD) && said;
          },
        }),
        jobFile("Shop", {
          execute: ({ nowMs }) => nowMs < Date.parse("2026-11-23T12:00:00Z") || down("gone"),
          numberFailuresBeforeNotification: () => 1,
        }),
      ],
      { alertContacts: [BAD, GOOD], maxMailsPerHour: 1000 },
    );
    checker.mailer.answer = (mail) => (mail.to === BAD ? refused() : ACCEPTED);
    const told: number[] = [];
    const bodies: string[] = [];
    const waiting: number[] = [];
    for (let n = 0; n <= 130; n++) {
      const mails = to(GOOD, await checker.tick(minute(n)));
      expect(mails[0]?.body).toContain("as always");
      if (mails[0]?.body.includes("messages of jobs wait")) told.push(n);
      bodies.push(`${mails[0]?.subject}\n\n${mails[0]?.body}`);
      waiting.push((await checker.store.readInstance()).outbox.waiting);
    }
    expect(told).toEqual([100]);
    expect(bodies[100]).toContain(`Too many mails of jobs

100 messages of jobs wait for bad@example.com, so further ones are not sent.

Alerts go on. Of the mails that jobs ask for besides, no more is kept until some of these are sent.

What to do: see on the page of the outbox why they wait. The address may refuse mail, or get more than the share of
MAX_MAILS_PER_HOUR that is left for such mails. Let the jobs mail less, or drop what waits.
`);
    expect(bodies[120]).toContain("1 down");
    expect((await checker.store.readInstance()).loadErrors.map(({ name }) => name)).toEqual([
      "Mails to bad@example.com",
    ]);
    // 100 reports, what was told of them, and the alert.
    expect(waiting.slice(99)).toEqual([
      100,
      ...Array.from({ length: 20 }, () => 101),
      ...Array.from({ length: 11 }, () => 102),
    ]);
    checker.mailer.answer = () => ACCEPTED;
    const late = to(BAD, await checker.tick(minute(250)));
    expect(late.map(({ body }) => body).join("")).toContain("gone");
    await checker.tick(minute(251));
    await checker.tick(minute(261));
    expect((await checker.store.readInstance()).loadErrors).toEqual([]);
  });

  test("is sent in as many mails as hold it in full, and nothing of it is cut", async () => {
    const checker = loud(9, 60_000);
    const mails = await checker.tick("10:00");
    expect(mails.map(({ body }) => body.length < 215_000)).toEqual([true, true, true]);
    for (let n = 0; n < 9; n++) {
      const whole = mails.filter(({ body }) => body.includes(`begin ${n} ${"x".repeat(60_000)} end ${n}`));
      expect(whole).toHaveLength(1);
    }
  });

  test("leaves mails of the hour to alerts", async () => {
    const checker = loud(1, 10);
    checker.files = [
      ...checker.files,
      jobFile("Shop", {
        execute: ({ nowMs }) => nowMs < Date.parse("2026-11-23T10:20:00Z") || down("gone"),
        numberFailuresBeforeNotification: () => 1,
      }),
    ];
    Object.assign(checker.settings, { maxMailsPerHour: 6 });
    const counts: number[] = [];
    for (let n = 0; n < 20; n++) counts.push((await checker.tick(minute(n))).length);
    expect(counts).toEqual([1, 1, 1, 1, ...Array.from({ length: 16 }, () => 0)]);
    expect(await checker.subjects("10:20")).toEqual(["[checker-eu] 1 down, 1 message"]);
  });
});

test("more alerts than fit into one mail are all named in as many mails as it takes", async () => {
  const names = Array.from(
    { length: 2_000 },
    (_, index) => `${"n".repeat(100)}${String(index).padStart(4, "0")}`,
  );
  const checker = new Instance(
    names.map((name) => jobFile(name, { execute: () => false, numberFailuresBeforeNotification: () => 1 })),
  );
  const mails = await checker.tick("10:00");
  expect(mails.map(({ subject }) => subject)).toEqual(["[checker-eu] 909 down", "[checker-eu] 1091 down"]);
  const listed = mails.flatMap(({ body }) =>
    [...body.matchAll(/^- (\S+)$/gm)].map((match) => match[1] ?? ""),
  );
  expect(listed.toSorted()).toEqual(names);
});
