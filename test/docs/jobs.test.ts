import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as checker from "../../src/checker.ts";

const root = join(import.meta.dirname, "../..");
const text = await readFile(join(root, "docs/reference/jobs.md"), "utf8");

test("the job API reference lists every method of JobBase that a job may override", () => {
  const section = /## `JobBase`\n(.*?)\n## /s.exec(text)?.[1] ?? "";
  const documented = [...section.matchAll(/^\| `(\w+)\(/gm)].map(([, name = ""]) => name);
  const methods = Object.getOwnPropertyNames(checker.JobBase.prototype);
  // `execute` is abstract, so it is not on the prototype; `sendEmail` is called and not overridden.
  const overridable = ["execute", ...methods.filter((name) => !["constructor", "sendEmail"].includes(name))];
  expect(documented.toSorted()).toEqual(overridable.toSorted());
});

test("the job API reference names everything that #checker exports as a value", () => {
  const missing = Object.keys(checker).filter((name) => !text.includes(name));
  expect(missing).toEqual([]);
});

test("the job API reference lists every field that a notification has", async () => {
  const source = await readFile(join(root, "src/job-sdk/job-notification.ts"), "utf8");
  const fields = [...source.matchAll(/^ {2}readonly (\w+):/gm)].map(([, name]) => name);
  const section = /## Notifications\n(.*?)\n## /s.exec(text)?.[1] ?? "";
  const documented = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name);
  expect(documented).toEqual(fields);
});
