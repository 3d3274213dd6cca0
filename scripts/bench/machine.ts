import { readFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";

/** What it was measured on, by its hardware alone. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** GiB. */
  readonly memory: number;
  /** Mean number of processes that wanted to run in the minute before the first measurement: of other work. */
  readonly load: number;
  readonly node: string;
  readonly workerd: string;
  readonly wrangler: string;
}

/** To be asked before anything is measured. */
export async function describeMachine(root: string): Promise<Machine> {
  const versionOf = async (name: string): Promise<string> => {
    const text = await readFile(join(root, "node_modules", name, "package.json"), "utf8");
    return (JSON.parse(text) as { readonly version: string }).version;
  };
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memory: Math.round(totalmem() / 2 ** 30),
    load: loadavg()[0] ?? 0,
    node: process.versions.node,
    workerd: await versionOf("workerd"),
    wrangler: await versionOf("wrangler"),
  };
}
