import { d1HistoryReader } from "../adapters/d1/history-reader.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings, problemsText } from "../adapters/settings/parse-settings.ts";
import type { JobFile } from "../job/job-file.ts";
import { actForOwner, type OwnerAnswer, type OwnerRequest } from "../usecases/act-for-owner.ts";
import type { LastKnown } from "../usecases/last-known.ts";
import type { Bindings } from "./env.ts";
import { createTools } from "./tools.ts";

/** What the owner asks for, and who he is. Goes to another object as it is. */
export interface ActTask {
  readonly request: OwnerRequest;
  readonly by: string;
}

/** @throws StoreFault */
export async function act(
  { request, by }: ActTask,
  files: readonly JobFile[],
  lastKnown: LastKnown,
  env: Bindings,
  platform: Platform,
): Promise<OwnerAnswer> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    return { kind: "refused", text: `This Checker is set up wrongly: ${problemsText(parsed.problems)}` };
  }
  const tools = createTools(files, lastKnown, parsed.settings, env, platform);
  const history = d1HistoryReader(tools.database, platform.random);
  try {
    return await actForOwner({ ...tools, history }, request, by);
  } finally {
    // The next tick records what it used, whatever came of it.
    lastKnown.unrecorded.add(tools.meter.take());
  }
}
