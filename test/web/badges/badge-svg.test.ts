import { describe, expect, test } from "vitest";
import type { Badge } from "../../../src/status/badge.ts";
import { badgeJson, badgeSvg } from "../../../src/web/badges/badge-svg.ts";
import { HOSTILE } from "../../support/api/metrics.ts";

const UP: Badge = { label: "shop", message: "up", level: "good" };

/** Elements and attributes that the image may have: no script, style, link or anything from elsewhere. */
const PLAIN =
  /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" width="\d+" height="20" role="img" aria-label="[^"<]*">\n<title>[^<]*<\/title>\n(<path fill="#[0-9a-f]{6}" d="[\d.MhvHVaz -]+"\/>\n){2}<g fill="#fff" font-family="[^"<]*" font-size="11" text-anchor="middle">\n(<text x="[\d.]+" y="14" textLength="\d+" lengthAdjust="spacingAndGlyphs">[^<]*<\/text>){2}<\/g><\/svg>\n$/;

const textsOf = (svg: string): string[] =>
  [...svg.matchAll(/>([^<>\n]+)<\/(?:text|title)>/g)].map(([, text = ""]) => text);

describe("the image", () => {
  test("says twice what it shows: drawn, and for who does not see it", () => {
    expect(badgeSvg(UP)).toMatch(PLAIN);
    expect(textsOf(badgeSvg(UP))).toEqual(["shop: up", "shop", "up"]);
    expect(badgeSvg(UP)).toContain('role="img" aria-label="shop: up">');
  });

  test("is as wide as its texts, which lie beside each other", () => {
    const svg = badgeSvg({ ...UP, label: "a much longer label", message: "100 %" });
    const [width = 0] = [...svg.matchAll(/ width="(\d+)"/g)].map(([, number]) => Number(number));
    const texts = [...svg.matchAll(/x="([\d.]+)" y="14" textLength="(\d+)"/g)].map(([, x, length]) => [
      Number(x) - Number(length) / 2,
      Number(x) + Number(length) / 2,
    ]);
    const [[left = 0, middle = 0] = [], [start = 0, end = 0] = []] = texts;
    expect([left, start - middle, width - end]).toEqual([5, 10, 5]);
    expect(width).toBeGreaterThan(badgeSvg(UP).length > 0 ? 120 : 0);
  });

  test.each([
    ["good", "#2e7d32"],
    ["fair", "#8a6100"],
    ["bad", "#c62828"],
    ["unknown", "#6a6a6a"],
  ] as const)("of what is %s can be read: white on %s", (level, color) => {
    expect(badgeSvg({ ...UP, level })).toContain(`<path fill="${color}" d="M`);
    for (const one of [color, "#484848"]) expect(1.05 / (luminance(one) + 0.05)).toBeGreaterThan(4.5);
  });

  /** Source: WCAG 2.2, relative luminance. */
  function luminance(color: string): number {
    const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
      const share = parseInt(color.slice(at, at + 2), 16) / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  test.each([
    ...HOSTILE,
    "</title><script>alert(1)</script>",
    `" onload="alert(1)`,
    "]]>&lt;&#60;",
    "",
    " ",
    "\u0000",
  ])("has a text in it and nothing else, whatever that is: %j", (text) => {
    for (const badge of [
      { ...UP, label: text },
      { ...UP, message: text },
    ]) {
      const svg = badgeSvg(badge);
      expect(svg).toMatch(PLAIN);
      // XML 1.0 allows no other.
      expect(svg).toMatch(/^[\n\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u);
      expect(svg.replaceAll(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
      expect(svg.length).toBeLessThan(3_000);
    }
  });
});

describe("for shields.io", () => {
  test("it is an endpoint's answer", () => {
    expect(JSON.parse(badgeJson(UP, false))).toEqual({
      schemaVersion: 1,
      label: "shop",
      message: "up",
      color: "2e7d32",
    });
    expect(JSON.parse(badgeJson({ ...UP, message: "" }, true))).toEqual({
      schemaVersion: 1,
      label: "shop",
      message: "–",
      color: "2e7d32",
      isError: true,
    });
  });

  test.each(HOSTILE)("a text stays one: %j", (text) => {
    const { label } = JSON.parse(badgeJson({ ...UP, label: text }, false)) as { label: string };
    expect(label).toMatch(/^[^\p{Cc}]{1,60}$/u);
  });
});
