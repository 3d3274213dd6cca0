import { describe, expect, test } from "vitest";
import { FREQUENCIES, type JobFrequency } from "../../src/core/time/frequency.ts";
import { down } from "../../src/core/outcome.ts";
import { CLAIM_LEASE_MS } from "../../src/scheduling/run-tick.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

/** A Checker with one job of each frequency, and a record of which ran. */
function watching(): { checker: Instance; ran: (time: string) => Promise<string> } {
  let run: JobFrequency[] = [];
  const files = FREQUENCIES.map((frequency) =>
    jobFile(`Job${frequency}`, {
      executeEvery: () => frequency,
      execute() {
        run.push(frequency);
        return true;
      },
    }),
  );
  const checker = new Instance(files);
  const ran = async (time: string): Promise<string> => {
    run = [];
    await checker.tick(time);
    return run.join(" ");
  };
  return { checker, ran };
}

describe("a tick", () => {
  test("runs what its time asks for: an hour also the minute's jobs, a day also the hour's", async () => {
    const { ran } = watching();
    await ran("09:59");
    expect(await ran("10:00")).toBe("MINUTE HOUR");
    expect(await ran("10:01")).toBe("MINUTE");
    expect(await ran("11:00")).toBe("MINUTE HOUR");
    expect(await ran("12:00")).toBe("MINUTE HOUR DAY_NOON");
    expect(await ran("12:01")).toBe("MINUTE");
    expect(await ran("2026-11-24 00:00")).toBe("MINUTE HOUR DAY");
    expect(await ran("2026-11-24 12:00")).toBe("MINUTE HOUR DAY_NOON");
  });

  test("that is the first ever runs everything once, whatever its time", async () => {
    const { ran } = watching();
    expect(await ran("10:07")).toBe("MINUTE HOUR DAY DAY_NOON");
    expect(await ran("10:08")).toBe("MINUTE");
  });

  test("that comes twice runs once", async () => {
    const { checker, ran } = watching();
    await ran("09:59");
    expect(await ran("10:00")).toBe("MINUTE HOUR");
    expect(await ran("10:00")).toBe("");
    expect(await checker.runTick("10:00")).toEqual({ kind: "nothing due" });
  });

  test("whose event comes late by two minutes is that of its own time", async () => {
    const { checker } = watching();
    await checker.tick("10:00");
    expect(await checker.runTick("10:01", 120_000)).toMatchObject({
      kind: "done",
      tick: { scheduledAtMs: timeOf("10:01"), caughtUp: [] },
    });
  });

  test("whose event comes later than that is one of the present, and what was missed is a gap", async () => {
    const { checker } = watching();
    await checker.tick("10:00");
    for (let minute = 1; minute <= 10; minute++) {
      const time = `10:${String(minute).padStart(2, "0")}`;
      await checker.runTick(time, timeOf("10:20") + 30_000 - timeOf(time));
    }
    const { ticks, gaps } = await checker.store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(ticks.map(({ scheduledAtMs }) => scheduledAtMs)).toEqual([timeOf("10:00"), timeOf("10:20")]);
    expect(gaps).toMatchObject([
      { frequency: "MINUTE", fromMs: timeOf("10:01"), toMs: timeOf("10:19"), slots: 19 },
    ]);
  });

  test("whose two events come at once runs once", async () => {
    const { checker } = watching();
    const kinds = await Promise.all([checker.runTick("10:00"), checker.runTick("10:00")]);
    expect(kinds.map(({ kind }) => kind).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "done",
      "nothing due",
    ]);
    expect((await checker.store.readReport({ tick: 0, change: 0, gap: 0 })).ticks).toHaveLength(1);
  });

  test("catches up the hour, the day and the noon that no event came for", async () => {
    const { ran } = watching();
    await ran("2026-11-22 11:58");
    expect(await ran("2026-11-22 12:01")).toBe("MINUTE HOUR DAY_NOON");
    expect(await ran("2026-11-22 12:02")).toBe("MINUTE");
    expect(await ran("2026-11-23 00:03")).toBe("MINUTE HOUR DAY");
    expect(await ran("2026-11-23 00:04")).toBe("MINUTE");
  });

  test("catches up each once after days of silence, not once for each that was missed", async () => {
    const { ran } = watching();
    await ran("2026-11-01 10:00");
    expect(await ran("2026-11-23 10:07")).toBe("MINUTE HOUR DAY DAY_NOON");
    expect(await ran("2026-11-23 10:08")).toBe("MINUTE");
  });

  test("that comes after a newer one counts nothing", async () => {
    const { checker, ran } = watching();
    await ran("10:00");
    await ran("10:05");
    expect(await ran("10:04")).toBe("");
    expect((await checker.store.readReport({ tick: 0, change: 0, gap: 0 })).ticks).toHaveLength(2);
    expect(await ran("10:06")).toBe("MINUTE");
  });
});

describe("a tick that dies between claim and commit", () => {
  /** Its event takes the slots, and nothing of it is ever written. */
  async function die(checker: Instance, time: string): Promise<void> {
    const commit = checker.store.commit.bind(checker.store);
    checker.store.commit = () => Promise.reject(new Error("the isolate was gone"));
    await expect(checker.runTick(time)).rejects.toThrow("the isolate was gone");
    checker.store.commit = commit;
  }

  test("leaves its hour to the first tick after its lease, its minute to the next one", async () => {
    const { checker, ran } = watching();
    await ran("09:59");
    await die(checker, "10:00");
    expect(CLAIM_LEASE_MS).toBe(300_000);
    for (const minute of [1, 2, 3, 4]) expect(await ran(`10:0${minute}`)).toBe("MINUTE");
    expect(await ran("10:05")).toBe("MINUTE HOUR");
    expect(await ran("10:06")).toBe("MINUTE");
  });

  test("is retried by an event that comes again after the lease", async () => {
    const { checker, ran } = watching();
    await ran("09:59");
    await die(checker, "10:00");
    checker.clock.ms += CLAIM_LEASE_MS;
    expect(await ran("10:00")).toBe("");
    expect((await checker.runTick("10:00", 2_000 + CLAIM_LEASE_MS)).kind).toBe("done");
  });

  test("loses no alert: the next tick finds the failure again", async () => {
    const file = jobFile("Ping", {
      execute: () => down("refused"),
      numberFailuresBeforeNotification: () => 1,
    });
    const checker = new Instance([file]);
    await die(checker, "10:00");
    expect(await checker.deliver()).toEqual([]);
    expect(await checker.subjects("10:01")).toEqual(["[checker-eu] Ping failed"]);
  });

  test("mails what others decided before it all the same", async () => {
    const file = jobFile("Ping", {
      execute: () => down("refused"),
      numberFailuresBeforeNotification: () => 1,
    });
    const checker = new Instance([file]);
    await checker.runTick("10:00");
    await die(checker, "10:01");
    await checker.deliver();
    expect(checker.mailer.accepted.map((mail) => mail.subject)).toEqual(["[checker-eu] Ping failed"]);
  });
});
