import { describe, expect, test } from "vitest";
import { composeDigest, lengthInDigest } from "../../src/mail/digest.ts";
import type { DigestItem, DigestItemKind } from "../../src/mail/message.ts";
import { at } from "../support/fakes/ports.ts";

const part = (kind: DigestItemKind, jobKey: string, changes: Partial<DigestItem> = {}): DigestItem => ({
  kind,
  jobKey,
  title: jobKey,
  detail: `reason of ${jobKey}`,
  atMs: at("2026-11-23 10:00"),
  subject: `${jobKey} ${kind}`,
  body: `All about ${jobKey}.\n`,
  ...changes,
});

test("a few parts of one tick: how many of what, each in two lines, and then each in full", () => {
  const digest = composeDigest([
    part("recovery", "Web"),
    part("failure", "Mail"),
    part("inconclusive", "Far"),
    part("flapping", "Line"),
    part("other", "News", { title: "the news", detail: "", subject: "the news", body: "of today" }),
    part("failure", "Shop"),
  ]);
  expect(digest.subject).toBe("2 down, 1 flapping, 1 not checkable, 1 well again, 1 message");
  const rule = "-".repeat(60);
  expect(digest.body)
    .toBe(`2 down, 1 flapping, 1 not checkable, 1 well again, 1 message at 2026-11-23 10:00 UTC.

Down:
- Mail
  reason of Mail
- Shop
  reason of Shop

Flapping:
- Line
  reason of Line

Cannot be checked:
- Far
  reason of Far

Well again:
- Web
  reason of Web

Other messages:
- the news

${rule}
Web recovery

All about Web.

${rule}
Mail failure

All about Mail.

${rule}
Far inconclusive

All about Far.

${rule}
Line flapping

All about Line.

${rule}
the news

of today

${rule}
Shop failure

All about Shop.
`);
});

test("messages that are no notices are named in the subject", () => {
  const mail = (title: string): DigestItem => part("other", "Job", { title, subject: title });
  expect(composeDigest([mail("Import Error on A"), mail("b"), mail("c")]).subject).toBe(
    "Import Error on A, and 2 more",
  );
});

test("what came of one job at several times is one entry, with what was before below it", () => {
  const times = ["10:00", "10:05", "10:10", "10:15", "10:20"].map((time) => at(`2026-11-23 ${time}`));
  const parts = times.map((atMs, index) =>
    part(index % 2 === 0 ? "failure" : "recovery", "Web", { atMs, detail: `reason ${index}`, body: null }),
  );
  const { subject, body } = composeDigest([...parts.toReversed(), part("failure", "Mail", { body: null })]);
  expect(subject).toBe("2 down");
  expect(body).toBe(`2 down.

Down:
- Web (2026-11-23 10:20 UTC)
  reason 4
  before, 2026-11-23 10:05 UTC: well again: reason 1
  before, 2026-11-23 10:10 UTC: down: reason 2
  before, 2026-11-23 10:15 UTC: well again: reason 3
  and 1 earlier change
- Mail (2026-11-23 10:00 UTC)
  reason of Mail
`);
});

describe("a thousand parts", () => {
  const many = (count: number, kind: DigestItemKind = "failure"): DigestItem[] =>
    Array.from({ length: count }, (_, index) => part(kind, `Job ${index}`));

  test("are told with their reasons as far as a person reads, and then by their names", () => {
    const { subject, body } = composeDigest(many(1000));
    expect(subject).toBe("1000 down");
    const lines = body.split("\n");
    expect(lines.filter((line) => line.startsWith("- Job "))).toHaveLength(1000);
    expect(lines.filter((line) => line.startsWith("  reason of "))).toHaveLength(100);
    expect(body).not.toContain("All about");
  });

  test("and more are all named", () => {
    const { body } = composeDigest([
      ...many(1003),
      ...many(5, "recovery").map((one) => ({ ...one, jobKey: `R ${one.jobKey}` })),
    ]);
    expect(body.split("\n").filter((line) => line.startsWith("- "))).toHaveLength(1008);
  });

  test("keep the texts of what is no notice, which are told nowhere else", () => {
    const report = part("other", "Report", { title: "weekly report", body: "Numbers.\n" });
    const { body } = composeDigest([...many(30), report]);
    expect(body).toContain("\nNumbers.\n");
    expect(body).not.toContain("All about");
  });

  test("are at most about as long as is reckoned for them", () => {
    const long = many(1000).map((one) => ({ ...one, title: "x".repeat(5_000), detail: "y".repeat(5_000) }));
    const reckoned = (parts: readonly DigestItem[]): number =>
      parts.reduce((sum, one, index) => sum + lengthInDigest(one, index), 0);
    for (const parts of [long, many(1000), many(20), many(3, "other"), many(150, "other")]) {
      const { body } = composeDigest(parts);
      expect(body.length).toBeLessThan(reckoned(parts) + 200);
    }
  });
});

test("nothing from outside breaks out of its line", () => {
  const { body } = composeDigest([
    part("failure", "A", { title: "A\r\nWell again:\n- all", detail: "x\n\nSigned: the admin" }),
    part("failure", "B"),
  ]);
  expect(body.split("\n").slice(2, 5)).toEqual(["Down:", "- A Well again: - all", "  x Signed: the admin"]);
});
