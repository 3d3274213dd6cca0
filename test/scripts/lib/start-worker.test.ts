import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startWorker } from "../../../scripts/lib/start-worker.ts";
import { projectWith } from "../../support/fakes/project.ts";

const COMPATIBILITY = { date: "2026-11-17", flags: [] };
const HELLO = "export default { fetch(_request, env) { return new Response(env.WORD); } };";

async function start(entry: string, compatibility: Parameters<typeof startWorker>[0]["compatibility"]) {
  const root = await projectWith({ "entry.js": entry });
  return startWorker({
    name: "hello",
    entrypoint: join(root, "entry.js"),
    compatibility,
    vars: { WORD: "hello" },
  });
}

test("a Worker is started once it answers, and is gone when it was disposed of", async () => {
  const worker = await start(HELLO, COMPATIBILITY);
  onTestFinished(() => worker.dispose());
  expect(await (await fetch(worker.url)).text()).toBe("hello");
  await worker.dispose();
  await expect(fetch(worker.url)).rejects.toThrow("fetch failed");
});

test.each([
  [
    "cannot be bundled",
    `import "./nowhere.js";\n${HELLO}`,
    COMPATIBILITY,
    /^Build failed with 1 error: .*entry\.js:1:7: ERROR: Could not resolve "\.\/nowhere\.js"$/,
  ],
  [
    "has a flag that does not exist",
    HELLO,
    { ...COMPATIBILITY, flags: ["global_fetch_strictly_publik"] },
    /^service core:user:hello: No such compatibility flag: global_fetch_strictly_publik$/,
  ],
  [
    "has a date that is still to come",
    HELLO,
    { ...COMPATIBILITY, date: "2099-01-01" },
    /^Compatibility date "2099-01-01" is in the future and unsupported$/,
  ],
  [
    "throws when it is evaluated",
    `throw new Error('no "key"');\n${HELLO}`,
    COMPATIBILITY,
    /^service core:user:hello: Uncaught Error: no "key" at /,
  ],
])("a Worker that %s says so instead of waiting for ever", async (_what, entry, compatibility, text) => {
  await expect(start(entry, compatibility)).rejects.toThrow(text);
});
