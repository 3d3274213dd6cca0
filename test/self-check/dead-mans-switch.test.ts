import { describe, expect, test } from "vitest";
import { LoopbackJob } from "../../src/checks/loopback.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { DatabaseError } from "../../src/core/database-error.ts";
import { pingDeadMansSwitch, type DeadMansSwitchResult } from "../../src/self-check/dead-mans-switch.ts";
import { receiveLoopback } from "../../src/self-check/receive-loopback.ts";
import { refused } from "../support/fakes/ports.ts";
import { Instance, timeOf } from "../support/timeline/instance.ts";

const URL = "https://dead.example/secret-path";

function emailChecker(settings: Partial<Instance["settings"]> = {}): Instance {
  class EmailChecker extends LoopbackJob {}
  const file = { name: "EmailChecker", load: () => Promise.resolve({ EmailChecker }) };
  return new Instance([file], { deadManUrl: URL, ...settings });
}

/** One whose message to itself has come back. */
async function well(settings: Partial<Instance["settings"]> = {}): Promise<Instance> {
  const checker = emailChecker(settings);
  const [probe] = await checker.tick("10:00");
  checker.clock.ms = timeOf("10:00:05");
  await receiveLoopback(checker, [probe?.token ?? ""], 600_000);
  return checker;
}

/** What is pinged at that time, and what comes of it. */
async function sign(
  checker: Instance,
  time: string,
  answer: Outcome = up("HTTP 200"),
): Promise<{ readonly asked: readonly string[]; readonly result: DeadMansSwitchResult }> {
  const asked: string[] = [];
  checker.clock.ms = timeOf(time);
  const sendPing = (url: string): Promise<Outcome> => {
    asked.push(url);
    return Promise.resolve(answer);
  };
  const { settings, store, clock, memory } = checker;
  const result = await pingDeadMansSwitch({
    settings,
    store,
    clock,
    sendPing,
    memory: memory.deadMansSwitch,
  });
  return { asked, result };
}

describe("the dead man's switch", () => {
  test("is pinged once while this instance is well", async () => {
    expect(await sign(await well(), "10:00:06")).toEqual({ asked: [URL], result: { kind: "pinged" } });
  });

  test("is left alone where none is set", async () => {
    expect(await sign(await well({ deadManUrl: null }), "10:00:06")).toEqual({
      asked: [],
      result: { kind: "not set" },
    });
  });

  test.each<[string, string, (checker: Instance) => unknown, string]>([
    [
      "no message to itself has come back",
      "10:00:06",
      (checker) => {
        checker.store = emailChecker().store;
      },
      "no tick has completed yet",
    ],
    [
      "the last tick is long ago",
      "10:04",
      () => undefined,
      "the last tick completed 238 s ago, the limit is 180 s",
    ],
    [
      "a message was refused",
      "10:01:06",
      async (checker) => {
        checker.mailer.answer = () => refused();
        checker.files = [{ name: "Broken", load: () => Promise.reject(new Error("x")) }];
        await checker.tick("10:01");
      },
      "a message was refused and waits for its next attempt",
    ],
  ])("is left to fire when %s", async (_when, time, goesWrong, reason) => {
    const checker = await well();
    await goesWrong(checker);
    expect(await sign(checker, time)).toEqual({ asked: [], result: { kind: "withheld", reason } });
  });

  test("is left to fire when nobody can say how this instance is", async () => {
    const checker = await well();
    checker.store.readStatus = () => Promise.reject(new DatabaseError(new Error("gone")));
    await expect(sign(checker, "10:00:06")).rejects.toThrow("the database does not answer: gone");
  });
});

describe("pings that are not taken", () => {
  test("are told after ten in a row, once, and again after one that was taken", async () => {
    const checker = await well();
    const fails = async (count: number, minute = "10:00"): Promise<DeadMansSwitchResult | undefined> => {
      let last: DeadMansSwitchResult | undefined;
      for (let index = 0; index < count; index++) {
        last = (await sign(checker, `${minute}:${10 + index}`, down("answered HTTP 404"))).result;
      }
      return last;
    };
    expect(await fails(9)).toEqual({ kind: "not taken", reason: "answered HTTP 404", failures: 9 });
    expect(await checker.tick("10:01")).toEqual([]);
    await fails(1);
    const [mail, ...noMore] = await checker.tick("10:02");
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] The dead man's switch takes no pings");
    expect(mail?.body).toBe(`The address in DEAD_MAN_URL did not take the last 10 pings: answered HTTP 404.

The service behind it may tell you that this Checker is dead, and cannot tell you when it is. Checks and alerts
go on. This is told once, until a ping is taken.

What to do: see whether that service is well, and whether DEAD_MAN_URL is the address that it shows.
`);
    await fails(15);
    expect(await checker.tick("10:03")).toEqual([]);
    await sign(checker, "10:03:06");
    await fails(9, "10:03");
    expect(await checker.tick("10:04")).toEqual([]);
    await fails(1, "10:04");
    expect(await checker.subjects("10:05")).toEqual(["[checker-eu] The dead man's switch takes no pings"]);
  });

  test("are told by the tick after, when this one's commit was refused", async () => {
    const checker = await well();
    for (let index = 0; index < 10; index++)
      await sign(checker, `10:00:${10 + index}`, down("answered HTTP 500"));
    const { store } = checker;
    const commit = store.commit.bind(store);
    store.commit = () => Promise.reject(new DatabaseError(new Error("gone")));
    await checker.runTick("10:01");
    store.commit = commit;
    expect(await checker.subjects("10:02")).toEqual(["[checker-eu] The dead man's switch takes no pings"]);
    expect(await checker.subjects("10:03")).toEqual([]);
  });
});
