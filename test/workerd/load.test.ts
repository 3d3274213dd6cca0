/** A crowd looks at the page while Checker works: no tick may fail for it, and nobody is sent away. */
import { expect, test } from "vitest";
import { ADMIN_TOKEN, BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "objects", runners: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN, STALE_AFTER_SECONDS: 3_600 } },
]);

const PER_SECOND = 200;
const SECONDS = 2;
const JOBS = 50;

test("200 requests a second for page and status leave every tick whole", async () => {
  const checker = suite.checker();
  suite.steering.jobs = Array.from({ length: JOBS }, (_, index) => ({
    name: `job ${index}`,
    isPublic: true,
  }));
  await checker.tick(BASE);
  const answers: { readonly path: string; readonly status: number; readonly text: string }[] = [];
  const ask = async (path: string): Promise<void> => {
    const answer = await checker.fetch(path);
    answers.push({ path, status: answer.status, text: await answer.text() });
  };
  const startedMs = performance.now();
  const crowd: Promise<void>[] = [];
  for (let second = 0; second < SECONDS; second++) {
    for (let each = 0; each < PER_SECOND; each++) crowd.push(ask(each % 2 === 0 ? "/" : "/status"));
    await checker.tick(BASE + (second + 1) * MINUTE);
    // The next second begins when this one is over, or when the tick is.
    await new Promise((resolve) =>
      setTimeout(resolve, Math.max(0, startedMs + (second + 1) * 1_000 - performance.now())),
    );
  }
  await Promise.all(crowd);
  const tookMs = performance.now() - startedMs;
  console.log(`${answers.length} answers in ${Math.round(tookMs)} ms, with ${SECONDS} ticks of ${JOBS} jobs`);

  expect(answers).toHaveLength(PER_SECOND * SECONDS);
  const odd = answers.filter(({ status }) => status !== 200);
  expect(odd.slice(0, 3)).toEqual([]);
  const pages = answers.filter(({ path }) => path === "/");
  expect(pages.filter(({ text }) => !text.includes(`All ${JOBS} jobs are up`)).length).toBe(0);
  const words = new Set(answers.filter(({ path }) => path === "/status").map(({ text }) => text));
  // No message to itself has come back here.
  expect([...words]).toEqual(["MailProblem"]);
  expect(await checker.sql("SELECT jobs, up FROM tick ORDER BY id")).toEqual(
    Array.from({ length: SECONDS + 1 }, () => ({ jobs: JOBS, up: JOBS })),
  );
  expect(await checker.sql("SELECT * FROM gap")).toEqual([]);
});
