import { instanceStatus, type InstanceStatus } from "../domain/instance-status.ts";
import type { Clock, Store } from "../domain/ports.ts";
import type { ParsedSettings } from "../domain/settings.ts";
import { StoreFault } from "../domain/store-fault.ts";
import { errorText } from "../domain/text.ts";

/** What this instance says of itself. Never throws: an instance that cannot tell is not well. */
export async function reportStatus(
  store: Pick<Store, "readStatus">,
  clock: Clock,
  parsed: ParsedSettings,
): Promise<InstanceStatus> {
  if (!parsed.ok) return { word: "JobProblem", reason: "settings are invalid" };
  try {
    return instanceStatus(await store.readStatus(), parsed.settings, clock.nowMs());
  } catch (error) {
    const reason =
      error instanceof StoreFault ? error.message : `the database does not answer: ${errorText(error)}`;
    return { word: "JobProblem", reason };
  }
}
