import type { Reporter, TestModule } from "vitest/node";
import { CHROMIUM_REMEDY, findChromium } from "../programs/chromium.ts";
import { PROMTOOL_REMEDY } from "../programs/promtool-remedy.ts";

/** Ends a run with `N passed, N failed, N skipped`, alone on its line. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = { passed: 0, failed: errors.length, skipped: 0 };
    let [withoutBrowser, withoutPromtool] = [0, 0];
    for (const module of modules) {
      // A file that does not even load has no tests to count.
      if (module.errors().length > 0) count.failed += 1;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state !== "pending") count[state] += 1;
        if (state === "skipped" && module.relativeModuleId.startsWith("test/prometheus/"))
          withoutPromtool += 1;
        if (state === "skipped" && module.relativeModuleId.startsWith("test/browser/")) withoutBrowser += 1;
      }
    }
    // Nobody is to believe that pages were looked at when they were not.
    if (withoutBrowser > 0 && findChromium() === null)
      console.warn(
        `\nWARNING: ${withoutBrowser} tests in a browser were left out: there is no Chromium. ${CHROMIUM_REMEDY}`,
      );
    if (withoutPromtool > 0)
      console.warn(
        `\nWARNING: ${withoutPromtool} tests of metrics were left out: there is no promtool. ${PROMTOOL_REMEDY}`,
      );
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}
