import { readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { registryText, writeRegistry } from "../../../scripts/lib/write-registry.ts";
import { projectWith } from "../../support/fakes/project.ts";

const FILES = [
  { name: "Ping", file: "Ping.ts", path: "/x/jobs/Ping.ts" },
  { name: "$Odd", file: "$Odd.mjs", path: "/x/jobs/$Odd.mjs" },
];

const TEXT = `// Made by scripts/generate-jobs.ts from the files in jobs/. Do not edit, do not commit.
import type { JobFile } from "./job-file.ts";

export const jobFiles: readonly JobFile[] = [
  { name: "Ping", load: () => import("../../jobs/Ping.ts") },
  { name: "$Odd", load: () => import("../../jobs/$Odd.mjs") },
];
`;

test("the registry imports each file by a function of its own", () => {
  expect(registryText(FILES)).toBe(TEXT);
});

test("the registry of no files is a list without entries", () => {
  expect(registryText([])).toContain("export const jobFiles: readonly JobFile[] = [\n];\n");
});

test("the registry is written where it is missing or old, and left alone where it is right", async () => {
  const root = await projectWith({ "src/job-loading/load-jobs.ts": "" });
  const path = join(root, "src/job-loading/registry.generated.ts");
  await writeRegistry(root, []);
  await writeRegistry(root, FILES);
  expect(await readFile(path, "utf8")).toBe(TEXT);
  const longAgo = new Date("2020-01-01T00:00:00Z");
  await utimes(path, longAgo, longAgo);
  await writeRegistry(root, FILES);
  expect((await stat(path)).mtime).toEqual(longAgo);
});
