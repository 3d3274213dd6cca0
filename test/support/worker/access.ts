/** The Worker of production, in which Cloudflare Access is a server of the test. */
import { workersNetwork, workersPlatform } from "../../../src/platform/platform.ts";
import type { Network } from "../../../src/core/ports.ts";
import type { Bindings } from "../../../src/worker/env.ts";
import { createChecker } from "../../../src/worker/worker.ts";
import { answerSql } from "../d1/remote-worker.ts";
import { vars } from "./jobs.ts";

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
