import { defineConfig } from "vitest/config";

/** Tests that start and end processes, or that are busy for half a minute: each file has a process of its own. */
const ALONE = ["test/{model,history}/**/*.test.ts", "test/scripts/local/**/*.test.ts"];
/** They run the project's commands in copies of it. */
const END_TO_END = ["test/e2e/**/*.test.ts"];

export default defineConfig({
  test: {
    // The last line of a run is the plain count, for people and for machines.
    reporters: ["default", "./test/support/vitest/count-reporter.ts"],
    // Tests that start a runtime or a browser wait for it half of the time: four files at once keep two cores busy.
    maxWorkers: 4,
    // Generous, because machines that test are busy ones.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    sequence: { shuffle: { tests: true } },
    projects: [
      {
        extends: true,
        test: { name: "end to end", include: END_TO_END, globalSetup: ["test/e2e/migrated-state.ts"] },
      },
      { extends: true, test: { name: "alone", include: ALONE } },
      {
        extends: true,
        test: {
          name: "together",
          include: ["test/**/*.test.ts"],
          exclude: [...END_TO_END, ...ALONE],
          // To start a process and to load wrangler takes longer than most files.
          isolate: false,
          setupFiles: ["test/support/vitest/fresh-modules.ts"],
        },
      },
    ],
  },
});
