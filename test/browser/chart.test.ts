import { expect, test } from "vitest";
import { jobId } from "../../src/core/job-id.ts";
import { shopAndVault } from "../support/browser/world.ts";
import { describeBrowser, useBrowser } from "../support/browser/browser.ts";
import { MINUTE, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [{ name: "one", assets: true, vars: { JOBS: ["Steered"] } }]);
const { visit } = useBrowser(suite);
const SHOP = `/jobs/${jobId('Steered["shop"]')}`;

/** The sum of the darkest colour that covers what is behind it. */
const DARKEST = `(() => {
  const drawn = document.querySelector("div.chart canvas");
  const { data } = drawn.getContext("2d").getImageData(0, 0, drawn.width, drawn.height);
  let least = 765;
  for (let at = 0; at < data.length; at += 4)
    if (data[at + 3] > 250) least = Math.min(least, data[at] + data[at + 1] + data[at + 2]);
  return least;
})()`;

describeBrowser("the latency of a job", () => {
  test("is told at the pointer, with its time, and in the colours of the page", async () => {
    const checker = await shopAndVault(suite);
    await checker.tick(Date.now() + MINUTE);
    const { page, open } = await visit({ colorScheme: "dark" });
    await open(SHOP);
    const axis = page.locator("figure .axis").first();
    expect(await axis.textContent()).toBe("5 ms");
    const canvas = page.locator("div.chart canvas");
    expect(await canvas.count()).toBe(1);
    const box = await page.locator("div.chart .u-over").boundingBox();
    if (box === null) throw new Error("nothing is plotted");
    await page.mouse.move(box.x + box.width - 2, box.y + box.height / 2);
    await expect.poll(() => axis.textContent()).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d: 5 ms$/);
    await page.mouse.move(5, 5);
    await expect.poll(() => axis.textContent()).toBe("5 ms");
    // Grid and line are drawn light on dark: nothing in it is black.
    const darkest = await page.evaluate<number>(DARKEST);
    expect(darkest).toBeGreaterThan(100);
  });

  test("is drawn by the server where scripts are off", async () => {
    await shopAndVault(suite);
    const { page, open } = await visit({ javaScriptEnabled: false });
    await open(SHOP);
    expect(await page.locator("figure svg.chart path").count()).toBeGreaterThan(0);
    expect(await page.locator("figcaption").textContent()).toContain("median 5 ms");
  });
});
