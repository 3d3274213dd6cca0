import { describe, expect, test } from "vitest";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { down, up } from "../../src/core/outcome.ts";
import { Sharded } from "../support/timeline/sharded.ts";
import { timeOf } from "../support/timeline/instance.ts";

describe("a job that is to tell", () => {
  test("is told for where its object cannot be reached", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "b" ? down("gone") : up("fine"));
    checker.fake.notify = () => Promise.reject(new Error("the machine is gone"));
    const [mail] = await checker.tick("10:00");
    expect(mail?.subject).toBe("[checker-eu] Jobs b failed");
    expect(mail?.body).toContain(
      "This is Checker writing, because the job's own onFailure could not tell it: where it ran cannot be reached (the machine is gone).",
    );
  });

  test("tells what it saw for whoever had it run, though another invocation runs the same tick", async () => {
    const checker = new Sharded("ab");
    const job = { jobKey: `Jobs["a"]`, file: "Jobs", index: 0 };
    const tells = async (tickId: string): Promise<string | undefined> => {
      const [notifications] = await checker.fake.notify("MINUTE-0", {
        tickId,
        nowMs: timeOf("10:00"),
        leftMs: 10_000,
        requests: [
          {
            job,
            before: NEW_JOB,
            outcome: down("gone"),
            decision: { state: NEW_JOB, notification: "failure", reason: "failure threshold reached" },
          },
        ],
      });
      return notifications?.[0]?.item.subject;
    };
    for (const tickId of ["one", "two"]) {
      checker.run = () => down(tickId);
      await checker.fake.run("MINUTE-0", {
        tickId,
        nowMs: timeOf("10:00"),
        leftMs: 10_000,
        jobs: [{ ...job, needsMs: 0 }],
      });
    }
    expect([await tells("one"), await tells("two")]).toEqual(["a saw one", "a saw two"]);
    // Two are remembered, since a tick that takes long overlaps with the next, and no more.
    await checker.fake.run("MINUTE-0", {
      tickId: "three",
      nowMs: timeOf("10:01"),
      leftMs: 10_000,
      jobs: [{ ...job, needsMs: 0 }],
    });
    expect([await tells("one"), await tells("two")]).toEqual(["a saw nothing", "a saw two"]);
  });

  test("tells anew where its object has forgotten it", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "b" ? down("gone") : up("fine"));
    const tell = checker.fake.notify.bind(checker.fake);
    checker.fake.notify = (shard, task) => {
      checker.fake.forget();
      return tell(shard, task);
    };
    const mails = await checker.tick("10:00");
    expect(mails.map(({ subject }) => subject)).toEqual(["[checker-eu] b saw nothing"]);
  });
});
