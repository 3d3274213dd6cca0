import { afterEach, describe, expect, test, vi } from "vitest";
import { down, up } from "../../src/core/outcome.ts";
import type { Mail } from "../../src/mail/message.ts";
import { never } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

type Methods = Parameters<typeof jobFile>[1];

function failing(methods: Methods): Instance {
  return new Instance([
    jobFile("Ping", {
      execute: () => down("connection refused"),
      numberFailuresBeforeNotification: () => 1,
      ...methods,
    }),
  ]);
}

const OWN_TEXT = `Ping failed.

Reason:   connection refused
Since:    2026-11-23 10:00 UTC
Failures: 1 in a row
Checked:  2026-11-23 10:00 UTC

What to do: look at what the job watches. When it is well again, the job notices by itself.

`;

/** The one mail that Checker writes in the job's place. */
function checkerTelling(why: string): object[] {
  const body = `${OWN_TEXT}This is Checker writing, because the job's own onFailure could not tell it: ${why}.\n`;
  return [{ to: "ops@example.com", subject: "[checker-eu] Ping failed", body }];
}

async function read(ticking: Promise<readonly Mail[]>): Promise<object[]> {
  return (await ticking).map(({ to, subject, body }) => ({ to, subject, body }));
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a job that tells by itself", () => {
  test("is given all that there is to tell", async () => {
    let seen: unknown;
    const checker = failing({
      execute: () => down("answered HTTP 500", 12, "server error"),
      onFailure(notice) {
        seen = notice;
        return this.sendEmail("help", notice.reason);
      },
    });
    const mails = await checker.tick("10:00");
    const now = Date.parse("2026-11-23T10:00:00Z");
    expect(seen).toEqual({
      reason: "answered HTTP 500",
      sinceMs: now,
      failures: 1,
      nowMs: now,
      endedMs: null,
      latencyMs: 12,
      failureKind: "server error",
      flapping: false,
      changes: 0,
    });
    expect(mails.map(({ subject, body }) => [subject, body])).toEqual([
      ["[checker-eu] help", "answered HTTP 500"],
    ]);
  });

  test("may tell some other way, and then nothing is mailed", async () => {
    expect(await failing({ onFailure: () => true }).tick("10:00")).toEqual([]);
    expect(await failing({ onFailure: () => Promise.resolve(true) }).tick("10:00")).toEqual([]);
  });

  test("may write several mails to several people", async () => {
    const checker = failing({
      onFailure() {
        return (
          this.sendEmail("one", "1", "a@example.com") &&
          this.sendEmail("two", "2", ["b@example.com", "c@example.com"])
        );
      },
    });
    expect((await checker.tick("10:00")).map(({ to, subject }) => `${to} ${subject}`)).toEqual([
      "a@example.com [checker-eu] one",
      "b@example.com [checker-eu] two",
      "c@example.com [checker-eu] two",
    ]);
  });

  test("and forgets to say that it did is believed by its mail", async () => {
    const checker = failing({
      onFailure() {
        this.sendEmail("help", "me");
        return undefined as unknown as boolean;
      },
    });
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] help"]);
  });
});

test("a job may still tell by itself when all jobs together took the tick's whole time", async () => {
  vi.useFakeTimers();
  const checker: Instance = failing({
    execute() {
      checker.clock.ms += 45_000;
      return down("connection refused");
    },
    onFailure() {
      return new Promise((resolve) => {
        setTimeout(() => resolve(this.sendEmail("help", "me")), 9_000);
      });
    },
  });
  const ticking = checker.subjects("10:00");
  await vi.advanceTimersByTimeAsync(9_000);
  expect(await ticking).toEqual(["[checker-eu] help"]);
});

describe("Checker tells in the job's place when onFailure", () => {
  test("returns false, at once or later", async () => {
    expect(await read(failing({ onFailure: () => false }).tick("10:00"))).toEqual(
      checkerTelling("it returned false"),
    );
    expect(await read(failing({ onFailure: () => Promise.resolve(false) }).tick("10:00"))).toEqual(
      checkerTelling("it returned false"),
    );
  });

  test("returns nothing and has written to nobody", async () => {
    const checker = failing({ onFailure: () => undefined as unknown as boolean });
    expect(await read(checker.tick("10:00"))).toEqual(checkerTelling("it returned false"));
  });

  test("throws, at once or later", async () => {
    const thrower = (): never => {
      throw new TypeError("no such pager");
    };
    expect(await read(failing({ onFailure: thrower }).tick("10:00"))).toEqual(
      checkerTelling("it threw TypeError: no such pager"),
    );
    const rejecter = (): Promise<boolean> => Promise.reject(new Error("pager is down"));
    expect(await read(failing({ onFailure: rejecter }).tick("10:00"))).toEqual(
      checkerTelling("it threw pager is down"),
    );
  });

  test("has written a mail to nobody", async () => {
    const checker = failing({
      onFailure() {
        return this.sendEmail("help", "me", []);
      },
    });
    expect(await read(checker.tick("10:00"))).toEqual(checkerTelling("it returned false"));
  });

  test("never ends", async () => {
    vi.useFakeTimers();
    const ticking = failing({ onFailure: () => never<boolean>() }).tick("10:00");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await read(ticking)).toEqual(checkerTelling("it did not end within 10 s"));
  });

  test("has no time left in this tick", async () => {
    vi.useFakeTimers();
    const checker = failing({ onFailure: () => never<boolean>() });
    const slow = jobFile("Slow", {
      execute() {
        checker.clock.ms += 290_000;
        return up();
      },
    });
    checker.files = [...checker.files, slow];
    const ticking = checker.tick("10:00");
    await vi.advanceTimersByTimeAsync(1);
    expect(await read(ticking)).toEqual(checkerTelling("there was no time left for it in this tick"));
  });
});

test("a mail that onFailure wrote before it threw is sent as well", async () => {
  const checker = failing({
    onFailure() {
      this.sendEmail("half the story", "body");
      throw new Error("and then");
    },
  });
  const [mail, ...noMore] = await checker.tick("10:00");
  expect(noMore).toEqual([]);
  expect(mail?.subject).toBe("[checker-eu] 1 down, 1 message");
  const rule = "-".repeat(60);
  expect(mail?.body).toMatch(
    new RegExp(`${rule}\nhalf the story\n\nbody\n.*${rule}\nPing failed\n\nPing failed\\.\n`, "s"),
  );
});

test("one job that hangs while it tells holds up no other", async () => {
  vi.useFakeTimers();
  const broken: Methods = { execute: () => down("broken"), numberFailuresBeforeNotification: () => 1 };
  const names = ["A", "B", "C", "D", "E", "F", "G", "H"];
  const checker = new Instance(
    names.map((name) =>
      jobFile(name, name === "A" ? { ...broken, onFailure: () => never<boolean>() } : broken),
    ),
  );
  const ticking = checker.tick("10:00");
  await vi.advanceTimersByTimeAsync(10_000);
  const [mail, ...noMore] = await ticking;
  expect(noMore).toEqual([]);
  expect(mail?.subject).toBe("[checker-eu] 8 down");
  expect([...(mail?.body ?? "").matchAll(/^(\w) failed\.$/gm)].map(([, name]) => name)).toEqual(names);
});

test("a recovery that the job cannot tell is told in its place", async () => {
  let outcome = down("connection refused");
  const checker = failing({
    execute: () => outcome,
    onStateChangeSuccess() {
      throw new Error("pager is down");
    },
  });
  await checker.tick("10:00");
  outcome = up("HTTP 200 in 12 ms");
  const [recovery, ...noMore] = await checker.tick("10:01");
  expect(noMore).toEqual([]);
  expect(recovery?.subject).toBe("[checker-eu] Ping is well again");
  expect(recovery?.body).toBe(`Ping is well again.

Now:    HTTP 200 in 12 ms
Failed: from 2026-11-23 10:00 UTC to 2026-11-23 10:01 UTC (1 min)
        1 failure in a row

What to do: nothing. It is watched as before.

This is Checker writing, because the job's own onStateChangeSuccess could not tell it: it threw pager is down.
`);
});

test("a body without measure is cut, so that its row can be kept", async () => {
  const instance = new Instance([
    jobFile("Log", {
      execute() {
        return this.sendEmail("log", "x".repeat(3_000_000));
      },
    }),
  ]);
  const [mail] = await instance.tick("10:00");
  expect(mail?.body).toBe(`${"x".repeat(100_000)}\n\n(Cut here: 2900000 more characters.)\n`);
});

test("an alert whose job writes what is no text is not lost, and harms no other", async () => {
  const checker = failing({
    onFailure() {
      return this.sendEmail(undefined as unknown as string, { error: 5 } as unknown as string);
    },
  });
  const [mail] = await checker.tick("10:00");
  expect(typeof mail?.subject).toBe("string");
  expect(typeof mail?.body).toBe("string");
});
