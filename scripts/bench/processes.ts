import { readdirSync, readFileSync } from "node:fs";

export interface RuntimeUse {
  /** CPU time of all its processes since they began, ms, in steps of 10. */
  readonly cpuMs: number;
  /** Resident memory of the largest of its processes, the one that has the Worker; bytes. */
  readonly memory: number;
}

/** Linux counts CPU time in hundredths of a second for whoever reads it, and memory in pages. */
const CLOCK_TICK_MS = 10;
const PAGE_BYTES = 4_096;

/**
 * Processes of workerd that were started for the instance in this folder. They inherit an environment that names
 * it, so that instances which run side by side are told apart. Linux alone shows that.
 */
export function runtimeProcesses(folder: string): readonly number[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => nameOf(pid) === "workerd" && environmentOf(pid).includes(folder));
}

/** @throws when one of them has ended */
export function runtimeUse(pids: readonly number[]): RuntimeUse {
  const all = pids.map((pid) => parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")));
  return {
    cpuMs: all.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    memory: Math.max(0, ...all.map(({ memory }) => memory)),
  };
}

/** Reads a line of /proc/PID/stat: its fields are counted from the end of the name, which may hold anything. */
export function parseStat(text: string): RuntimeUse & { readonly name: string } {
  const end = text.lastIndexOf(")");
  const fields = text.slice(end + 2).split(" ");
  return {
    name: text.slice(text.indexOf("(") + 1, end),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MS,
    memory: Number(fields[21]) * PAGE_BYTES,
  };
}

function nameOf(pid: number): string {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, "utf8")).name;
  } catch {
    // It has ended meanwhile.
    return "";
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8");
  } catch {
    // It has ended meanwhile, or is another user's.
    return "";
  }
}
