import { describe, expect, test } from "vitest";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { ACCEPTED, refused } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

/** A Checker whose jobs all end as `outcomes` says, well unless it says otherwise. */
class Fleet extends Instance {
  readonly outcomes = new Map<string, Outcome>();

  constructor(names: readonly string[], settings: Partial<Instance["settings"]> = {}) {
    super([], settings);
    this.files = names.map((name) =>
      jobFile(name, {
        execute: () => this.outcomes.get(name) ?? up("fine"),
        numberFailuresBeforeNotification: () => 1,
      }),
    );
  }

  fail(...names: readonly string[]): void {
    for (const name of names) this.outcomes.set(name, down(`${name} is gone`));
  }

  mend(...names: readonly string[]): void {
    for (const name of names) this.outcomes.delete(name);
  }
}

const minute = (n: number): string => `10:${String(n).padStart(2, "0")}`;

describe("several messages to one person in one tick", () => {
  test("are one mail, with failures and recoveries", async () => {
    const fleet = new Fleet(["A", "B", "C"]);
    fleet.fail("A");
    expect(await fleet.subjects("10:00")).toEqual(["[checker-eu] A failed"]);
    fleet.mend("A");
    fleet.fail("B", "C");
    const [mail, ...noMore] = await fleet.tick("10:01");
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] 2 down, 1 well again");
    expect(mail?.body.split("\n").slice(0, 10)).toEqual([
      "2 down, 1 well again at 2026-11-23 10:01 UTC.",
      "",
      "Down:",
      "- B",
      "  B is gone",
      "- C",
      "  C is gone",
      "",
      "Well again:",
      "- A",
    ]);
  });

  test("are one for each person, each with what concerns them", async () => {
    const checker = new Instance([
      ...["A", "B"].map((name) =>
        jobFile(name, { execute: () => false, numberFailuresBeforeNotification: () => 1 }),
      ),
      jobFile("Own", {
        execute: () => false,
        numberFailuresBeforeNotification: () => 1,
        onFailure() {
          return this.sendEmail("mine", "text", ["ops@example.com", "dba@example.com"]);
        },
      }),
    ]);
    expect((await checker.tick("10:00")).map(({ to, subject }) => [to, subject])).toEqual([
      ["ops@example.com", "[checker-eu] 3 down"],
      ["dba@example.com", "[checker-eu] mine"],
    ]);
  });

  test("name a person once who is named twice", async () => {
    const checker = new Instance([
      jobFile("Job", {
        execute() {
          return this.sendEmail("hello", "text", ["a@example.com", "a@example.com"]);
        },
      }),
    ]);
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] hello"]);
  });

  test("keep apart what a job writes besides its notice", async () => {
    const checker = new Instance([
      jobFile("Job", {
        execute: () => down("it is gone"),
        numberFailuresBeforeNotification: () => 1,
        onFailure() {
          return this.sendEmail("Job failed", "first") && this.sendEmail("More of it", "second");
        },
      }),
    ]);
    const [mail] = await checker.tick("10:00");
    expect(mail?.subject).toBe("[checker-eu] 1 down, 1 message");
    expect(mail?.body.split("\n").slice(2, 7)).toEqual([
      "Down:",
      "- Job",
      "  it is gone",
      "",
      "Other messages:",
    ]);
  });

  test("leave a proof of mail alone, though it goes to the same address", async () => {
    const checker = new Instance(
      [
        jobFile("A", { execute: () => false, numberFailuresBeforeNotification: () => 1 }),
        jobFile("EmailChecker", {
          execute({ loopback }) {
            loopback.sendLoopback();
            return true;
          },
        }),
      ],
      { mailLoopbackTo: "ops@example.com" },
    );
    expect(await checker.subjects("10:00")).toEqual([
      expect.stringMatching(/^\[checker-eu\] checker-loopback-[0-9a-f]{32}$/),
      "[checker-eu] A failed",
    ]);
  });

  test("a thousand failures are one mail in the same tick, and each can be traced to it", async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `Job${index}`);
    const fleet = new Fleet(names);
    fleet.fail(...names);
    await fleet.runTick("10:00");
    const [row, ...noRows] = await fleet.store.readOutbox(10);
    expect(noRows).toEqual([]);
    expect(row?.jobs).toEqual(names);
    const [settled, ...noMore] = await fleet.deliver();
    expect(noMore).toEqual([]);
    expect(settled).toMatchObject({ id: row?.id, kind: "accepted", mailId: row?.id });
    expect(fleet.mailer.accepted.map(({ subject }) => subject)).toEqual(["[checker-eu] 1000 down"]);
  });

  test("in a storm keep the whole text of what is no notice, as it is told nowhere else", async () => {
    const fleet = new Fleet(Array.from({ length: 30 }, (_, index) => `Job ${index}`));
    fleet.fail(...fleet.files.map(({ name }) => name));
    const writer = jobFile("Writer", {
      execute() {
        return this.sendEmail("the night's report", "first line\nlast line");
      },
    });
    fleet.files = [...fleet.files, writer];
    const [mail, ...noMore] = await fleet.tick("10:00");
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] 30 down, 1 message");
    expect(mail?.body.split("-".repeat(60)).slice(1)).toEqual([
      "\nthe night's report\n\nfirst line\nlast line\n",
    ]);
  });

  test("that are too much for one mail are as many as it takes to send every text in full", async () => {
    const checker = new Instance(
      Array.from({ length: 9 }, (_, index) =>
        jobFile(`Log${index}`, {
          execute() {
            return this.sendEmail(`log ${index}`, String(index).repeat(99_000));
          },
        }),
      ),
    );
    await checker.runTick("10:00");
    expect((await checker.store.readOutbox(10)).map(({ jobs }) => jobs.length)).toEqual([2, 2, 2, 2, 1]);
    await checker.deliver();
    const bodies = checker.mailer.accepted.map(({ body }) => body);
    expect(bodies).toHaveLength(5);
    for (let index = 0; index < 9; index++) {
      expect(bodies.filter((body) => body.includes(String(index).repeat(99_000)))).toHaveLength(1);
    }
  });
});

describe("what could not be mailed", () => {
  test("goes out with what comes next, each with its own time", async () => {
    const fleet = new Fleet(["A", "B"]);
    fleet.mailer.answer = () => refused();
    fleet.fail("A");
    await fleet.tick("10:00");
    fleet.mailer.answer = () => ACCEPTED;
    fleet.fail("B");
    const [mail, ...noMore] = await fleet.tick("10:01");
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] 2 down");
    expect(mail?.body.split("\n").slice(0, 7)).toEqual([
      "2 down.",
      "",
      "Down:",
      "- A (2026-11-23 10:00 UTC)",
      "  A is gone",
      "- B (2026-11-23 10:01 UTC)",
      "  B is gone",
    ]);
    expect(await fleet.store.readOutbox(10)).toEqual([]);
  });

  test("and is over by then is told as what it was and is", async () => {
    const fleet = new Fleet(["A"]);
    fleet.mailer.answer = () => refused();
    fleet.fail("A");
    await fleet.tick("10:00");
    fleet.mailer.answer = () => ACCEPTED;
    fleet.mend("A");
    const [mail] = await fleet.tick("10:10");
    expect(mail?.subject).toBe("[checker-eu] 1 well again");
    expect(mail?.body.split("\n").slice(0, 8)).toEqual([
      "The oldest of this was decided at 2026-11-23 10:00 UTC and comes 10 min late: it could not be mailed before.",
      "",
      "1 well again.",
      "",
      "Well again:",
      "- A (2026-11-23 10:10 UTC)",
      "  fine",
      "  before, 2026-11-23 10:00 UTC: down: A is gone",
    ]);
  });

  test("because one message among several is refused for good takes no other with it", async () => {
    const fleet = new Fleet(["A", "B"]);
    fleet.mailer.answer = () => refused();
    fleet.fail("A");
    await fleet.tick("10:00");
    fleet.fail("B");
    // Whatever holds A's text is too much for this mail service.
    fleet.mailer.answer = ({ body }) =>
      body.includes("A is gone") ? refused("E_CONTENT_TOO_LARGE", "too large", true) : ACCEPTED;
    expect(await fleet.subjects("10:01")).toEqual(["[checker-eu] B failed"]);
    expect(
      (await fleet.store.readOutbox(10)).map(({ state, jobs, lastError }) => [state, jobs, lastError]),
    ).toEqual([["failed", ["A"], { code: "E_CONTENT_TOO_LARGE", reason: "too large" }]]);
  });
});

describe("more mails to a person than an hour may have", () => {
  /** A job that fails and recovers in turn, so that each tick has something to tell. */
  const busy = (maxMailsPerHour: number): Fleet => new Fleet(["A"], { maxMailsPerHour });
  const turn = async (fleet: Fleet, n: number): Promise<readonly string[]> => {
    if (n % 2 === 0) fleet.fail("A");
    else fleet.mend("A");
    return (await fleet.tick(minute(n))).map(({ subject, body }) => `${subject} | ${body.split("\n")[0]}`);
  };

  test("are held: the last says so, and all that is held comes as one when the hour has room", async () => {
    const fleet = busy(3);
    expect(await turn(fleet, 0)).toEqual(["[checker-eu] A failed | A failed."]);
    expect(await turn(fleet, 1)).toEqual(["[checker-eu] A is well again | A is well again."]);
    expect(await turn(fleet, 2)).toEqual([
      "[checker-eu] A failed | You have been sent 3 mails within an hour, the most that MAX_MAILS_PER_HOUR allows. What comes next is held",
    ]);
    for (let n = 3; n < 60; n++) expect(await turn(fleet, n)).toEqual([]);
    expect((await fleet.store.readOutbox(100)).map(({ state }) => state)).toEqual(
      Array.from({ length: 57 }, () => "throttled"),
    );
    // Held on purpose is no trouble with mail.
    expect(await fleet.store.readStatus()).toMatchObject({
      oldestWaitingAtMs: null,
      oldestRefusedAtMs: null,
    });

    const [digest, ...noMore] = await fleet.tick("11:00");
    expect(noMore).toEqual([]);
    expect(digest?.subject).toBe("[checker-eu] 1 well again");
    expect(digest?.body.split("\n").slice(0, 3)).toEqual([
      "The oldest of this was decided at 2026-11-23 10:03 UTC and comes 57 min late: it was held, because you had been sent 3 mails within an hour.",
      "",
      "1 well again.",
    ]);
    expect(await fleet.store.readOutbox(100)).toEqual([]);
  });

  test("hold up nobody else, and no proof of mail", async () => {
    const fleet = new Fleet(["A"], { maxMailsPerHour: 1 });
    fleet.files = [
      ...fleet.files,
      jobFile("Other", {
        execute() {
          return this.sendEmail("for you", "text", "other@example.com");
        },
        executeEvery: () => "HOUR",
      }),
      jobFile("EmailChecker", {
        execute({ loopback }) {
          loopback.sendLoopback();
          return true;
        },
      }),
    ];
    await turn(fleet, 0);
    expect(await turn(fleet, 1)).toEqual([expect.stringContaining("checker-loopback-")]);
    const mails = await fleet.tick("11:00");
    expect(mails.map(({ to }) => to)).toContain("other@example.com");
  });
});
