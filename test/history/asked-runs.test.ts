import { expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { RecordReader } from "../../src/history/reader.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { jobId } from "../../src/core/job-id.ts";
import { runAdminCommand } from "../../src/admin/commands.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

test("what a slow tick saw before its owner asked for a run is no news after that run", async () => {
  const store = new MemoryStore();
  let outcome: Outcome = up("fine");
  const gate = { open: (): void => undefined, opened: Promise.resolve() };
  const seen = { resolve: (): void => undefined };
  const line = jobFile("Line", {
    execute: () => {
      seen.resolve();
      return outcome;
    },
    numberFailuresBeforeNotification: () => 1,
  });
  const slow = jobFile("Slow", { execute: () => gate.opened.then(() => up("late")) });
  const instance = new Instance([line, slow], {}, store);
  const owner = Object.assign(instance, { history: new RecordReader(store.history) });
  await instance.tick("10:00");
  outcome = down("no signal");
  expect(await instance.subjects("10:01")).toEqual(["[checker-eu] Line failed"]);

  ({ promise: gate.opened, resolve: gate.open } = Promise.withResolvers<void>());
  const begun = Promise.withResolvers<void>();
  seen.resolve = begun.resolve;
  const ticking = instance.tick("10:02");
  await begun.promise;
  // Mended, and looked at.
  outcome = up("fine again");
  instance.clock.ms = timeOf("10:02:20");
  expect(await runAdminCommand(owner, { kind: "run", job: jobId("Line") }, "me")).toMatchObject({
    text: "It is up: fine again",
  });
  expect(instance.mailer.accepted.at(-1)?.subject).toBe("[checker-eu] Line is well again");
  gate.open();
  // What the run mailed, and nothing else.
  expect((await ticking).map(({ subject }) => subject)).toEqual(["[checker-eu] Line is well again"]);
  expect(await instance.subjects("10:03")).toEqual([]);
  const incidents = await owner.history.readIncidents({ after: null, limit: 9, jobKey: null });
  expect(incidents.map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
    [timeOf("10:01"), timeOf("10:02:20")],
  ]);
});
