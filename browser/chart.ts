/**
 * Makes the drawing of a job's latency one that can be asked: the value under the pointer, and a stretch drawn across is
 * looked at closer (twice on it leads back). Without a script the drawing of the server stays, and what it says in words.
 */
import uPlot from "uplot";
import type { ChartData } from "../src/web/charts/chart-data.ts";

const NAMES: Readonly<Record<string, string>> = {
  latency: "",
  p50: "median ",
  p95: "95 % within ",
  p99: "99 % within ",
};
const DAY_S = 86_400;
const day = new Intl.DateTimeFormat("sv-SE", { dateStyle: "short" });
const minute = new Intl.DateTimeFormat("sv-SE", { timeStyle: "short" });

function mount(): void {
  const text = document.getElementById("series")?.textContent;
  const drawing = document.querySelector<SVGElement>("figure svg.chart");
  const axis = document.querySelector<HTMLElement>("figure .axis");
  if (text === undefined || text === null || drawing === null || axis === null) return;
  const data = JSON.parse(text) as ChartData;
  const place = document.createElement("div");
  place.className = "chart";
  place.setAttribute("role", "img");
  place.setAttribute("aria-label", drawing.getAttribute("aria-label") ?? "");
  drawing.replaceWith(place);
  const plot = new uPlot(optionsOf(data, place, axis), columnsOf(data), place);
  new ResizeObserver(() => plot.setSize(sizeOf(place))).observe(place);
}

function sizeOf(place: HTMLElement): { width: number; height: number } {
  return { width: place.clientWidth, height: place.clientHeight };
}

/** With nothing between points that do not follow each other. */
function columnsOf({ at, everyS, values }: ChartData): uPlot.AlignedData {
  const xs: number[] = [];
  const ys: (number | null)[][] = values.map(() => []);
  for (const [index, seconds] of at.entries()) {
    const before = at[index - 1];
    if (before !== undefined && seconds - before > 1.5 * everyS) {
      xs.push(before + everyS);
      for (const column of ys) column.push(null);
    }
    xs.push(seconds);
    for (const [line, column] of ys.entries()) column.push(values[line]?.[index] ?? null);
  }
  return [xs, ...ys];
}

function optionsOf(data: ChartData, place: HTMLElement, axis: HTMLElement): uPlot.Options {
  // Of the style sheet's variables only what they come to in this light.
  const colour = (name: string): string => {
    place.style.color = `var(--${name})`;
    return getComputedStyle(place).color;
  };
  const resting = axis.textContent ?? "";
  const line = {
    stroke: colour("quiet"),
    grid: { stroke: colour("line"), width: 1 },
    ticks: { show: false },
  };
  const dashes: Readonly<Record<string, number[]>> = { p95: [5, 3], p99: [1, 3] };
  return {
    ...sizeOf(place),
    legend: { show: false },
    cursor: { y: false, drag: { x: true, y: false } },
    scales: {
      x: { range: [data.from, data.to] },
      y: { range: (_plot, _least, most) => [0, Math.max(1, most)] },
    },
    axes: [
      {
        ...line,
        values: (_plot, splits, _axis, _space, stepS) =>
          splits.map((at) => {
            const date = new Date(at * 1000);
            const isMidnight = date.getHours() + date.getMinutes() === 0;
            return stepS >= DAY_S || isMidnight ? day.format(date).slice(5) : minute.format(date);
          }),
        size: 30,
      },
      { ...line, values: (_plot, splits) => splits.map((ms) => `${ms} ms`), size: 70 },
    ],
    series: [
      {},
      ...data.names.map((name) => ({
        stroke: colour(name === "p99" ? "quiet" : "link"),
        width: 1.5,
        ...(dashes[name] === undefined ? {} : { dash: dashes[name] }),
        points: { show: data.at.length < 60 },
      })),
    ],
    hooks: {
      drawClear: [
        (plot) => {
          mark(plot, data.maintenance, data.everyS, colour("bar-maintenance"));
          mark(plot, data.down, data.everyS, colour("bar-down"));
        },
      ],
      setCursor: [(plot) => void (axis.textContent = readout(plot, data) ?? resting)],
      // A page that brings news by itself does not take away what somebody looks at.
      setSelect: [() => place.toggleAttribute("data-in-use", true)],
      ready: [(plot) => plot.over.addEventListener("dblclick", () => place.removeAttribute("data-in-use"))],
    },
  };
}

function mark(plot: uPlot, at: readonly number[], everyS: number, colour: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.globalAlpha = 0.35;
  ctx.fillStyle = colour;
  for (const seconds of at) {
    const left = Math.max(bbox.left, plot.valToPos(seconds, "x", true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(seconds + everyS, "x", true));
    if (right > left) ctx.fillRect(left, bbox.top, Math.max(2, right - left), bbox.height);
  }
  ctx.restore();
}

/** What is known of the moment under the pointer; null where there is none. */
function readout(plot: uPlot, { names }: ChartData): string | null {
  const index = plot.cursor.idx ?? null;
  const seconds = index === null ? undefined : plot.data[0][index];
  if (index === null || seconds === undefined) return null;
  const told = names.flatMap((name, line) => {
    const value = plot.data[line + 1]?.[index] ?? null;
    return value === null ? [] : [`${NAMES[name] ?? ""}${value} ms`];
  });
  const date = new Date(seconds * 1000);
  return `${day.format(date)} ${minute.format(date)}: ${told.length === 0 ? "no answer" : told.join(", ")}`;
}

mount();
document.addEventListener("checker:news", mount);
