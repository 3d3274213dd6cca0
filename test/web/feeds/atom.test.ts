import { describe, expect, test } from "vitest";
import type { IncidentsPage } from "../../../src/status/incidents-page.ts";
import { jobId } from "../../../src/core/job-id.ts";
import { atomFeed } from "../../../src/web/feeds/atom.ts";
import { incidentOf } from "../../support/fakes/history.ts";
import { at } from "../../support/fakes/ports.ts";

function page(...incidents: readonly ReturnType<typeof incidentOf>[]): IncidentsPage {
  const days = [{ atMs: 0, incidents: incidents.map((one) => ({ ...one, jobId: null })) }];
  return { audience: "admin", readAtMs: 0, asOfMs: 0, isStale: false, staleAtMs: 0, days, next: null };
}

describe("the feed", () => {
  test("has an entry for each incident, which keeps its id and changes when it is over", () => {
    const job = `Web["a"]`;
    const began = { name: "Web a", firstReason: "it is gone" };
    const fromMs = at("2026-11-23 10:00");
    const ongoing = atomFeed(page(incidentOf(job, fromMs, began)), "eu", "https://c.example");
    expect(ongoing).toBe(`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<id>https://c.example/incidents</id>
<title>Incidents – eu</title>
<updated>2026-11-23T10:00:00.000Z</updated>
<author><name>eu</name></author>
<link rel="self" href="https://c.example/incidents.atom"/>
<link rel="alternate" type="text/html" href="https://c.example/incidents"/>
<entry>
<id>https://c.example/incidents/${fromMs}-${jobId(job)}</id>
<title>a is down</title>
<updated>2026-11-23T10:00:00.000Z</updated>
<published>2026-11-23T10:00:00.000Z</published>
<link rel="alternate" type="text/html" href="https://c.example/jobs/${jobId(job)}"/>
<content type="text">a is down, from 2026-11-23T10:00:00.000Z. Reason: it is gone</content>
</entry>
</feed>
`);
    const over = { ...began, toMs: at("2026-11-23 10:07"), ended: "recovered" } as const;
    const ended = atomFeed(page(incidentOf(job, fromMs, over)), "eu", "https://c.example");
    expect(ended).toContain(`<id>https://c.example/incidents/${fromMs}-${jobId(job)}</id>`);
    expect(ended).toContain(
      "<title>a was down for 7 min</title>\n<updated>2026-11-23T10:07:00.000Z</updated>",
    );
  });

  test("without an incident is a feed all the same", () => {
    expect(atomFeed(page(), "eu", "https://c.example")).toContain(
      "<updated>1970-01-01T00:00:00.000Z</updated>",
    );
  });

  test("takes whatever a reason or a name holds for text, and leaves out what XML cannot hold", () => {
    const firstReason = `</content><script>"&'\u0000\u0008\uFFFE\uD800 🚒`;
    const feed = atomFeed(
      page(incidentOf("A", 0, { name: "<b>&", firstReason })),
      `"x"<`,
      "https://c.example",
    );
    expect(feed).toContain("Reason: &lt;/content&gt;&lt;script&gt;&quot;&amp;' 🚒</content>");
    expect(feed).toContain("<title>&lt;b&gt;&amp; is down</title>");
    expect(feed).toContain("<name>&quot;x&quot;&lt;</name>");
  });
});
