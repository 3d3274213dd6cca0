import { instanceStatus, type InstanceStatus } from "./instance-status.ts";
import type { Clock } from "../core/ports.ts";
import type { ParsedSettings } from "../core/settings.ts";
import { DatabaseError } from "../core/database-error.ts";
import { errorText } from "../core/text.ts";
import type { StatusStore } from "./ports.ts";

/** What this instance says of itself. Never throws: an instance that cannot tell is not well. */
export async function reportStatus(
  store: StatusStore,
  clock: Clock,
  parsed: ParsedSettings,
): Promise<InstanceStatus> {
  if (!parsed.ok) return { status: "JobProblem", reason: "settings are invalid" };
  try {
    return instanceStatus(await store.readStatus(), parsed.settings, clock.nowMs());
  } catch (error) {
    const reason =
      error instanceof DatabaseError ? error.message : `the database does not answer: ${errorText(error)}`;
    return { status: "JobProblem", reason };
  }
}
