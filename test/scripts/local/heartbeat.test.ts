import { expect, test } from "vitest";
import { heartbeatLost } from "../../../scripts/local/heartbeat.ts";

/** Answers in turn, then `true` for ever, and aborts at the end of the list. */
function beating(...answers: readonly boolean[]): { lost: Promise<string>; asked: () => number } {
  const over = new AbortController();
  let asked = 0;
  const isWell = (): Promise<boolean> => {
    asked += 1;
    if (asked === answers.length) over.abort();
    return Promise.resolve(answers[asked - 1] ?? true);
  };
  const lost = heartbeatLost({ isWell, everyMs: 1, misses: 3, signal: over.signal }).then(() => "lost");
  const ended = new Promise<string>((resolve) => {
    over.signal.addEventListener("abort", () => setTimeout(() => resolve("not lost"), 20));
  });
  return { lost: Promise.race([lost, ended]), asked: () => asked };
}

test("so many misses in a row are the end, and fewer are not", async () => {
  const alive = beating(true, false, false, true, false, false, true);
  expect([await alive.lost, alive.asked()]).toEqual(["not lost", 7]);
  const dead = beating(true, false, false, true, false, false, false);
  expect([await dead.lost, dead.asked()]).toEqual(["lost", 7]);
});

test("once aborted it asks no more and tells nothing", async () => {
  const stopped = beating(false, false);
  expect([await stopped.lost, stopped.asked()]).toEqual(["not lost", 2]);
});
