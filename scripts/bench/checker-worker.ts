/** Checker as it is measured: the real handlers and the real HTTP check. Never deployed. */
import { env } from "cloudflare:workers";
import {
  HTTPServerSpawner,
  JobFailureCountMinimumBeforeNotification,
  type HTTPServer,
} from "../../src/checker.ts";
import { createChecker } from "../../src/worker/worker.ts";
import { TIMEOUT_MS } from "./scenarios.ts";
import { targetUrl, type TargetsGiven } from "./target-list.ts";

const { TARGETS } = env as unknown as { readonly TARGETS: TargetsGiven };

class Targets extends HTTPServerSpawner {
  override servers: readonly HTTPServer[] = Array.from({ length: TARGETS.count }, (_, index) => ({
    url: targetUrl(index, TARGETS),
    timeoutMs: TIMEOUT_MS,
  }));

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.ONE;
  }
}

const { worker, Runner } = createChecker([{ name: "Targets", load: () => Promise.resolve({ Targets }) }]);

export default worker;
export { Runner };
