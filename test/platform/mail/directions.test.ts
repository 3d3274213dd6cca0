import { expect, test } from "vitest";
import { formatReport } from "../../../scripts/runner/print.ts";
import { composeMime } from "../../../src/platform/mail/compose.ts";
import { redact } from "../../../src/platform/log.ts";
import { down } from "../../../src/core/outcome.ts";
import { documentOf } from "../../../src/worker/pages/html.ts";
import { badgeJson, badgeSvg } from "../../../src/web/badges/badge-svg.ts";
import { xml } from "../../../src/web/feeds/xml.ts";

/** Where characters that steer the direction of text come from outside, and where they must not come out. */
const HOSTILE = "\u202Eshop\u2066 \u200Fis\u061C \u2069up\u202C";
const PLAIN = "shop is up";
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F]/;

test("a page has none of them, in a text or an attribute", () => {
  const html = documentOf(`<h1 title="${HOSTILE}">${HOSTILE}</h1>`);
  expect(html).toBe(`<!doctype html><h1 title="${PLAIN}">${PLAIN}</h1>`);
});

test("a feed and an image have none of them", () => {
  expect(xml(HOSTILE)).toBe(PLAIN);
  const badge = { label: HOSTILE, message: HOSTILE, level: "good" } as const;
  expect(badgeSvg(badge)).toContain(`<title>${PLAIN}: ${PLAIN}</title>`);
  expect(JSON.parse(badgeJson(badge, false))).toMatchObject({ label: PLAIN, message: PLAIN });
});

test("a mail has none of them, in its subject or its lines", () => {
  const message = {
    id: "1",
    to: "a@example.com",
    subject: HOSTILE,
    body: `${HOSTILE}\n${HOSTILE}`,
    token: null,
  };
  const raw = composeMime(message, "b@example.com", 0);
  expect(raw).toContain(`Subject: ${PLAIN}\r\n`);
  expect(raw).toContain(`${PLAIN}\r\n${PLAIN}`);
});

test("a line of the log has none of them", () => {
  expect(redact(HOSTILE)).toBe(PLAIN);
});

test("what npm run job prints has none of them, and nothing that steers the terminal", () => {
  const hostile = `${HOSTILE}\u001b[2J\u001b]0;x\u0007\r`;
  const emails = [{ subject: hostile, body: `  indented\n${hostile}\n`, to: ["a@example.com"] }];
  const report = { name: hostile, jobKey: "x", outcome: down(hostile), minimum: 1, emails };
  const text = formatReport(report, "checker");
  expect(text).not.toMatch(DIRECTIONS);
  // eslint-disable-next-line no-control-regex
  expect(text).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f]/);
  expect(text).toContain("      |   indented\n");
});
