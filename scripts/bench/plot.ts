import { format } from "./statistics.ts";

/** Lines over a number of targets. */
export interface Plot {
  readonly title: string;
  /** With its unit. */
  readonly axis: string;
  /** At most four. Points by rising x; both positive. */
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
  /** Whether the upright axis is logarithmic, too. */
  readonly logarithmic: boolean;
}

const SIZE = { width: 640, height: 360 };
const AREA = { left: 70, right: 500, top: 44, bottom: 300 };
/** Told apart by shape as well, for whoever sees no colours. */
const DASHES = ["none", "6 4", "2 3", "8 3 2 3"];
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #333 }
  .title { font-size: 14px; font-weight: 600 }
  .grid { stroke: #ddd } .axis { fill: none; stroke: #555 }
  .line { fill: none; stroke-width: 2 }
  .l0 { stroke: #0b6bcb } .l1 { stroke: #777 } .l2 { stroke: #b3480b } .l3 { stroke: #2c7a2c }
  .bg { fill: #fff }
  @media (prefers-color-scheme: dark) {
    text { fill: #ddd } .bg { fill: #0d1117 } .grid { stroke: #333 } .axis { stroke: #999 }
    .l0 { stroke: #6cb2ff } .l1 { stroke: #aaa } .l2 { stroke: #ff9d5c } .l3 { stroke: #7ccf7c }
  }
`;

/** The plot as a file of SVG, for light and for dark backgrounds. The axis of targets is logarithmic. */
export function renderPlot({ title, axis, lines, logarithmic }: Plot): string {
  const points = lines.flatMap((line) => line.points);
  const xs = [...new Set(points.map(([x]) => x))].toSorted((a, b) => a - b);
  const x = scale(Math.log10(Math.min(...xs)), Math.log10(Math.max(...xs)), AREA.left + 20, AREA.right - 20);
  const ticks = logarithmic
    ? decades(points.map(([, y]) => y))
    : steps(Math.max(...points.map(([, y]) => y)));
  const measure = logarithmic ? Math.log10 : (value: number) => value;
  const y = scale(measure(ticks[0] ?? 0), measure(ticks.at(-1) ?? 1), AREA.bottom, AREA.top);
  const at = ([px, py]: readonly [number, number]): string =>
    `${round(x(Math.log10(px)))},${round(y(measure(py)))}`;
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="bg" width="${SIZE.width}" height="${SIZE.height}"/>`,
    text(AREA.left, 24, title, "start", "title"),
    ...ticks.flatMap((value) => {
      const height = round(y(measure(value)));
      return [
        `<path class="grid" d="M${AREA.left} ${height}H${AREA.right}"/>`,
        text(AREA.left - 8, height + 4, format(value), "end"),
      ];
    }),
    `<path class="axis" d="M${AREA.left} ${AREA.top}V${AREA.bottom}H${AREA.right}"/>`,
    ...xs.map((value) => text(round(x(Math.log10(value))), AREA.bottom + 18, format(value), "middle")),
    text((AREA.left + AREA.right) / 2, AREA.bottom + 42, "targets", "middle"),
    `<g transform="rotate(-90)">${text(-(AREA.top + AREA.bottom) / 2, 11, axis, "middle")}</g>`,
    ...lines.flatMap((line, index) => [
      `<polyline class="line l${index}" stroke-dasharray="${DASHES[index]}" points="${line.points.map(at).join(" ")}"/>`,
      `<path class="line l${index}" stroke-dasharray="${DASHES[index]}" d="M${AREA.right + 12} ${legend(index) - 4}h24"/>`,
      text(AREA.right + 42, legend(index), line.name, "start"),
    ]),
    "</svg>",
  ].join("\n")}\n`;
}

function legend(index: number): number {
  return AREA.top + 14 + index * 22;
}

/** What lies between `from` and `to`, between `low` and `high`; the middle of these where it is one point. */
function scale(from: number, to: number, low: number, high: number): (value: number) => number {
  return (value) => (to === from ? (low + high) / 2 : low + ((value - from) / (to - from)) * (high - low));
}

/** From zero in about five round steps to the highest or above. */
export function steps(highest: number): readonly number[] {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
  const count = Math.ceil(highest / step - 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(10)));
}

/** Powers of ten that enclose all. */
export function decades(values: readonly number[]): readonly number[] {
  const low = Math.floor(Math.log10(Math.min(...values)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: high - low + 1 }, (_, index) => Number((10 ** (low + index)).toPrecision(1)));
}

function text(x: number, y: number, words: string, anchor: string, kind?: string): string {
  const named = kind === undefined ? "" : ` class="${kind}"`;
  return `<text${named} x="${x}" y="${y}" text-anchor="${anchor}">${escape(words)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(words: string): string {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
