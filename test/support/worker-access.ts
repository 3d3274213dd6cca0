/** The Worker of production, in which Cloudflare Access is a server of the test. */
import { workersNetwork, workersPlatform } from "../../src/adapters/platform.ts";
import type { Network } from "../../src/domain/ports.ts";
import { createChecker } from "../../src/handlers/worker.ts";
import { vars } from "./worker-jobs.ts";

const network: Network = {
  ...workersNetwork,
  fetch: (url, init) => workersNetwork.fetch(url.replace("https://", `${vars.ACCESS_SERVER}/`), init),
};

export default createChecker([], { ...workersPlatform, network }).worker;
