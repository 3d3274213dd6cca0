import { readdirSync, readFileSync } from "node:fs";

export interface RuntimeUse {
  /** CPU time, ms. */
  readonly cpuMs: number;
  /** Resident memory, bytes. */
  readonly memory: number;
}

const TICK_MS = 10;
const PAGE = 4_096;

/** What all workerd use that this process, or a child of it, has started. Linux alone tells. */
export function runtimeUse(): RuntimeUse {
  const all = new Map<number, { parent: number; name: string; cpuMs: number; memory: number }>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const text = readFileSync(`/proc/${entry}/stat`, "utf8");
      const end = text.lastIndexOf(")");
      const name = text.slice(text.indexOf("(") + 1, end);
      const fields = text.slice(end + 2).split(" ");
      all.set(Number(entry), {
        name,
        parent: Number(fields[1]),
        cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
        memory: Number(fields[21]) * PAGE,
      });
    } catch {
      // It has ended meanwhile.
    }
  }
  const isOurs = (pid: number): boolean => {
    const one = all.get(pid);
    return pid === process.pid || (one !== undefined && one.parent > 0 && isOurs(one.parent));
  };
  let cpuMs = 0;
  let memory = 0;
  for (const [pid, one] of all) {
    if (one.name !== "workerd" || !isOurs(pid)) continue;
    cpuMs += one.cpuMs;
    memory = Math.max(memory, one.memory);
  }
  return { cpuMs, memory };
}
