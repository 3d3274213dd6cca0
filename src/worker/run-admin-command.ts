import { d1HistoryReader } from "../storage/d1/history/reader.ts";
import type { Platform } from "../platform/platform.ts";
import { parseSettings, problemsText } from "../platform/settings/parse-settings.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import { runAdminCommand, type AdminResult } from "../admin/commands.ts";
import type { TickMemory } from "../scheduling/tick-memory.ts";
import type { Bindings } from "./env.ts";
import { createDependencies } from "./dependencies.ts";
import type { AdminTask } from "./rpc.ts";

/** @throws DatabaseError */
export async function act(
  { request, by }: AdminTask,
  files: readonly JobFile[],
  memory: TickMemory,
  env: Bindings,
  platform: Platform,
): Promise<AdminResult> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    return { kind: "refused", text: `This Checker is set up wrongly: ${problemsText(parsed.problems)}` };
  }
  const tools = createDependencies(files, memory, parsed.settings, env, platform);
  const history = d1HistoryReader(tools.database, platform.random);
  try {
    return await runAdminCommand({ ...tools, history }, request, by);
  } finally {
    // The next tick records what it used, whatever came of it.
    memory.pendingUsage.add(tools.meter.take());
  }
}
