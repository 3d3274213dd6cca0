/** The Worker of production, in which Cloudflare Access is a server of the test. */
import { workersNetwork, workersPlatform } from "../../src/adapters/platform.ts";
import type { Network } from "../../src/domain/ports.ts";
import type { Bindings } from "../../src/handlers/env.ts";
import { createChecker } from "../../src/handlers/worker.ts";
import { answerSql } from "./remote-d1-worker.ts";
import { vars } from "./worker-jobs.ts";

const network: Network = {
  ...workersNetwork,
  fetch: (url, init) => workersNetwork.fetch(url.replace("https://", `${vars.ACCESS_SERVER}/`), init),
};

const { worker } = createChecker([], { ...workersPlatform, network });

const handler: ExportedHandler<Bindings> = {
  ...worker,
  async fetch(request, env, context) {
    const answer = (await answerSql(request, env.DB)) ?? (await worker.fetch?.(request, env, context));
    return answer ?? new Response(null, { status: 500 });
  },
};
export default handler;
