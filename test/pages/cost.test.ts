/** What pages cost, in the numbers that Cloudflare counts and in the bytes that go over the wire. */
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { renderPage } from "../../src/handlers/render-page.tsx";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/counted-d1.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes.ts";
import { ninetyDays, NOW } from "../support/ninety-days.ts";

const local = useLocalD1();
const VARS = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };

test.each([10, 100, 1_000])(
  "the first page of %d jobs takes at most 5 queries and 100 KB compressed",
  async (count) => {
    await ninetyDays(local, count);
    const platform = { clock: new FakeClock(NOW), random: new FakeRandom(), network: fakeNetwork() };
    for (const viewer of ["owner", "stranger"] as const) {
      const { db, counts } = countedD1(local.db);
      const startedMs = performance.now();
      const { status, html } = await renderPage(
        { page: "overview", viewer, canSignIn: true },
        { ...VARS, DB: db, EMAIL: {} as SendEmail },
        platform,
      );
      const tookMs = performance.now() - startedMs;
      const bytes = gzipSync(html).length;
      console.log(
        `/ with ${count} jobs for the ${viewer}: ${counts.queries} queries, ${counts.rowsRead} rows read, ` +
          `${html.length} bytes, ${bytes} compressed, ${tookMs.toFixed(0)} ms`,
      );
      expect(status).toBe(200);
      expect(html.match(/<li>/g)?.length).toBeGreaterThanOrEqual(count);
      expect(counts.queries).toBeLessThanOrEqual(5);
      expect(counts.rowsWritten).toBe(0);
      expect(bytes).toBeLessThan(100_000);
    }
  },
);
