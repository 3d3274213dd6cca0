import type { Goal } from "./goals.ts";
import { format, ratio } from "./statistics.ts";
import { bytesPerCheck, counterpart, perThousand, type Figures } from "./summary.ts";
import { CHECKER, FLOOR } from "./systems.ts";
import { renderTable } from "./table.ts";

/** All tables, for the terminal. */
export function renderReport(figures: readonly Figures[], goals: readonly Goal[]): string {
  const growth = growthTable(figures);
  const tables = [speedTable(figures), storedTable(figures), growth, goalTable(goals)];
  return tables.filter((table) => table !== null).join("\n\n");
}

export function speedTable(figures: readonly Figures[]): string {
  const head = ["targets", "scenario", "what", "tick, ms", "× floor", "CPU of a check, ms", "× floor"];
  return renderTable(
    [...head, "above floor, ms", "shard's peak", "process, MB", "isolate, MB"],
    figures.map((one) => {
      const floor = one.system === FLOOR ? undefined : counterpart(figures, one, FLOOR);
      const cpuOfFloor = floor?.cpuPerCheckMs ?? null;
      return [
        format(one.targets),
        one.scenario.name,
        one.system,
        format(Math.round(one.tookMs)),
        format(ratio(one.tookMs, floor?.tookMs ?? null)),
        format(one.cpuPerCheckMs),
        format(ratio(one.cpuPerCheckMs, cpuOfFloor)),
        format(cpuOfFloor === null ? null : one.cpuPerCheckMs - cpuOfFloor),
        format(one.peakOfShard),
        format(Math.round(one.memory / 1e6)),
        format(one.heap === null ? null : one.heap / 1e6),
      ];
    }),
    3,
  );
}

export function storedTable(figures: readonly Figures[]): string {
  const rows = figures.flatMap((one) => {
    const { stored, targets } = one;
    if (stored === null) return [];
    const counts = [stored.queries, stored.rowsRead, stored.rowsWritten];
    return [
      [
        format(targets),
        one.scenario.name,
        ...counts.map(format),
        ...counts.map((value) => format(perThousand(value, targets))),
        format(bytesPerCheck(one)),
        format(stored.wrong),
        format(stored.mailMs),
      ],
    ];
  });
  const head = ["targets", "scenario", "queries", "rows read", "written"];
  const perChecks = ["queries / 1,000", "read / 1,000", "written / 1,000"];
  return renderTable([...head, ...perChecks, "bytes a check", "wrong", "mailed after, ms"], rows, 2);
}

/** How Checker's figures grow from the smallest size to the largest; null with one size alone. */
export function growthTable(figures: readonly Figures[]): string | null {
  const ours = figures.filter(({ system }) => system === CHECKER);
  const sizes = ours.map(({ targets }) => targets);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  if (ours.length === 0 || least === most) return null;
  const rows = ours
    .filter(({ targets }) => targets === most)
    .flatMap((large) => {
      const small = ours.find((one) => one.targets === least && one.scenario.name === large.scenario.name);
      if (small === undefined) return [];
      const times = (of: (one: Figures) => number | null): string => format(ratio(of(large), of(small)));
      return [
        [
          large.scenario.name,
          format(most / least),
          times(({ tookMs }) => tookMs),
          times(({ cpuPerCheckMs }) => cpuPerCheckMs),
          times(({ stored }) => stored?.queries ?? null),
          times(({ stored }) => stored?.rowsRead ?? null),
          times(({ stored }) => stored?.rowsWritten ?? null),
          times((one) => bytesPerCheck(one)),
          times(({ memory }) => memory),
          times(({ heap }) => heap),
          times(({ stored }) => stored?.mailMs ?? null),
        ],
      ];
    });
  const head = ["scenario", "targets ×", "tick ×", "CPU of a check ×", "queries ×", "rows read ×"];
  return renderTable(
    [...head, "rows written ×", "bytes a check ×", "process ×", "isolate ×", "mailed after ×"],
    rows,
    1,
  );
}

export function goalTable(goals: readonly Goal[]): string {
  return renderTable(
    ["goal", "scenario", "verdict", "targets", "at most", "measured"],
    goals.map(({ name, scenario, verdict, targets, most, value }) => [
      name,
      scenario,
      verdict,
      format(targets),
      most,
      value,
    ]),
    3,
  );
}
