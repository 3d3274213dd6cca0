import { createChecker } from "./worker/worker.ts";
import { jobFiles } from "./job-loading/registry.generated.ts";

const { worker, Runner } = createChecker(jobFiles);

export default worker;
export { Runner };
