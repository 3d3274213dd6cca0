import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // The last line of a run is the plain count, for people and for machines.
    reporters: ["default", "./test/support/count-reporter.ts"],
    // Tests that start a runtime share two cores with each other.
    maxWorkers: 2,
    // Generous, because machines that test are busy ones.
    testTimeout: 120_000,
    hookTimeout: 180_000,
    sequence: { shuffle: { tests: true } },
  },
});
