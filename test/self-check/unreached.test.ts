/** While a job fails and nobody was reached, its alert stays due. */
import { describe, expect, test } from "vitest";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import { instanceStatus } from "../../src/self-check/instance-status.ts";
import { ACCEPTED, probeAt, refused } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

const OLD = "typo@example.com";
const NEW = "right@example.com";

/** A Checker whose only contact does not exist, and whose job fails until the test says otherwise. */
function misaddressed(): Instance & { outcome: Outcome } {
  const checker: Instance & { outcome: Outcome } = Object.assign(
    new Instance(
      [jobFile("Shop", { execute: () => checker.outcome, numberFailuresBeforeNotification: () => 1 })],
      {
        alertContacts: [OLD],
      },
    ),
    { outcome: down("it is gone") },
  );
  checker.mailer.answer = ({ to }) =>
    to === OLD ? refused("E_RECIPIENT_NOT_ALLOWED", "not verified", true) : ACCEPTED;
  return checker;
}

function correct(checker: Instance, ...contacts: readonly string[]): void {
  Object.assign(checker.settings, { alertContacts: contacts });
}

async function mailStatus({ store, settings, clock }: Instance): Promise<string> {
  const loopbacks = [probeAt(clock.ms, { returnedAtMs: clock.ms })];
  const view = { ...(await store.readStatus()), lastTickFinishedAtMs: clock.ms, loopbacks };
  return instanceStatus(view, settings, clock.ms).status;
}

describe("an alert that was refused for good", () => {
  test("is sent at the next tick once the address is corrected, and only once", async () => {
    const checker = misaddressed();
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await checker.tick("10:01")).toEqual([]);
    correct(checker, NEW);
    expect((await checker.tick("10:02")).map(({ to, subject }) => [to, subject])).toEqual([
      [NEW, "[checker-eu] Shop failed"],
    ]);
    expect(await checker.tick("10:03")).toEqual([]);
    expect((await checker.store.readDecisionLog("Shop", 1))[0]).toMatchObject({
      decisionReason: "last notification was not delivered",
    });
  });

  test("is tried again every hour, so that /status says MailProblem as long as the job fails", async () => {
    const checker = misaddressed();
    const attempts: string[] = [];
    for (let hour = 0; hour < 80; hour++) {
      const time = `2026-11-${23 + Math.floor((hour + 10) / 24)} ${String((hour + 10) % 24).padStart(2, "0")}:00`;
      await checker.runTick(time);
      attempts.push(...(await checker.deliver()).map(({ kind }) => kind));
      expect(await mailStatus(checker)).toBe("MailProblem");
    }
    expect(attempts).toEqual(Array.from({ length: 80 }, () => "failed"));
  });

  test("of a job that recovered is not sent again, and its recovery reaches the corrected address", async () => {
    const checker = misaddressed();
    await checker.tick("10:00");
    checker.outcome = up("fine");
    correct(checker, NEW);
    expect(await checker.subjects("10:01")).toEqual(["[checker-eu] Shop is well again"]);
    expect(await checker.tick("11:02")).toEqual([]);
  });

  test("by one of two contacts reached somebody, and is not repeated", async () => {
    const checker = misaddressed();
    correct(checker, OLD, NEW);
    expect((await checker.tick("10:00")).map(({ to }) => to)).toEqual([NEW]);
    expect(await checker.tick("11:30")).toEqual([]);
    correct(checker, NEW);
    expect(await checker.tick("11:31")).toEqual([]);
  });

  test("waits for a contact who only refuses for now, and is not repeated meanwhile", async () => {
    const checker = misaddressed();
    correct(checker, OLD, NEW);
    checker.mailer.answer = ({ to }) =>
      to === OLD ? refused("E_RECIPIENT_NOT_ALLOWED", "not verified", true) : refused();
    await checker.tick("10:00");
    await checker.tick("12:00");
    expect((await checker.store.readOutbox(9)).map(({ to, state }) => `${to} ${state}`).toSorted()).toEqual([
      `${NEW} waiting`,
      `${OLD} failed`,
    ]);
  });

  test("that its admin acknowledged is known, and not repeated", async () => {
    const checker = misaddressed();
    await checker.tick("10:00");
    const { firstFailureAtMs } = (await checker.store.readTick(0)).states.get("Shop") ?? {};
    await checker.store.act(
      { atMs: checker.clock.ms, kind: "acknowledge", jobKey: "Shop", name: "Shop", detail: "", by: "admin" },
      { kind: "acknowledge", job: "Shop", firstFailureAtMs: firstFailureAtMs ?? 0 },
    );
    correct(checker, NEW);
    expect(await checker.tick("10:01")).toEqual([]);
    expect(await checker.tick("12:00")).toEqual([]);
  });

  test("that a job cannot be checked stays due as well", async () => {
    const checker = misaddressed();
    checker.outcome = inconclusive("not from here");
    for (let minute = 0; minute <= 12; minute++) await checker.tick(`10:${String(minute).padStart(2, "0")}`);
    correct(checker, NEW);
    expect(await checker.subjects("10:13")).toEqual(["[checker-eu] Shop cannot be checked"]);
    expect(await checker.tick("10:14")).toEqual([]);
  });
});

test("an alert that could not be delivered for three days stays due as well", async () => {
  const checker = misaddressed();
  checker.mailer.answer = () => refused();
  for (let hour = 0; hour < 76; hour++) {
    const time = `2026-11-${23 + Math.floor((hour + 10) / 24)} ${String((hour + 10) % 24).padStart(2, "0")}:00`;
    await checker.tick(time);
  }
  checker.mailer.answer = () => ACCEPTED;
  const subjects: string[] = [];
  for (const time of ["2026-11-26 15:00", "2026-11-26 16:00"])
    subjects.push(...(await checker.subjects(time)));
  expect(subjects).toEqual(["[checker-eu] Shop failed"]);
});
