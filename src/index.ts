import { createChecker } from "./handlers/worker.ts";
import { jobFiles } from "./job/registry.generated.ts";

const { worker, Runner } = createChecker(jobFiles);

export default worker;
export { Runner };
