import { createWorker } from "./handlers/worker.ts";
import { jobFiles } from "./job/registry.generated.ts";

export default createWorker(jobFiles);
