import type { Badge, BadgeLevel } from "../../status/badge.ts";
import { oneLine } from "../../core/text.ts";
import { xml } from "../feeds/xml.ts";

/** White on each of them has a contrast of more than 4.5. */
const COLORS: Readonly<Record<BadgeLevel, string>> = {
  good: "#2e7d32",
  fair: "#8a6100",
  bad: "#c62828",
  unknown: "#6a6a6a",
};

const HEIGHT = 20;
/** Beside each text. */
const PADDING = 5;

/** An image of a label and a message. It has no style and no script: neither runs where an image is shown. */
export function badgeSvg(badge: Badge): string {
  const [label, message] = [shown(badge.label), shown(badge.message)];
  const [left, right] = [widthOf(label) + 2 * PADDING, widthOf(message) + 2 * PADDING];
  const name = xml(`${label}: ${message}`);
  const text = (value: string, x: number, width: number): string =>
    `<text x="${x + width / 2}" y="14" textLength="${width - 2 * PADDING}" lengthAdjust="spacingAndGlyphs">${xml(value)}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="${HEIGHT}" role="img" aria-label="${name}">`,
    `<title>${name}</title>`,
    `<path fill="#484848" d="M3 0h${left - 3}v${HEIGHT}H3a3 3 0 0 1-3-3V3a3 3 0 0 1 3-3z"/>`,
    `<path fill="${COLORS[badge.level]}" d="M${left} 0h${right - 3}a3 3 0 0 1 3 3v${HEIGHT - 6}a3 3 0 0 1-3 3H${left}z"/>`,
    `<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">`,
    `${text(label, 0, left)}${text(message, left, right)}</g></svg>`,
    "",
  ].join("\n");
}

/** For shields.io, which draws it in its own styles. Source: https://shields.io/badges/endpoint-badge */
export function badgeJson(badge: Badge, isError: boolean): string {
  const [label, message] = [shown(badge.label), shown(badge.message)];
  const color = COLORS[badge.level].slice(1);
  return `${JSON.stringify({ schemaVersion: 1, label, message, color, ...(isError ? { isError } : {}) })}\n`;
}

/** Never empty, which shields.io refuses. */
function shown(text: string): string {
  return oneLine(text.toWellFormed(), 60) || "–";
}

/** Of letters of Verdana at 11 px: rough, as the browser fits the text to it. */
const WIDTHS: readonly (readonly [RegExp, number])[] = [
  [/[\p{M}\p{Cf}]/u, 0],
  [/[ijlI'|!.,:; ]/, 4],
  [/[frt()[\]/\\"*-]/, 5],
  [/[mwMW@%]/, 10.5],
  [/[A-Z&#+<=>~^]/, 8],
  [/[ -\u024f]/, 7],
  [/[\u0250-\u10ff–—…]/, 8],
];
const WIDE = 12;

function widthOf(text: string): number {
  const widths = Array.from(text, (one) => WIDTHS.find(([letters]) => letters.test(one))?.[1] ?? WIDE);
  return Math.ceil(widths.reduce((sum, width) => sum + width, 0));
}
