import { registerHooks } from "node:module";

/**
 * Lets Node evaluate job files that import from `cloudflare:…`: only listing jobs needs no Worker.
 * Whatever they take from there throws when it is called.
 */
export function stubWorkersModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!specifier.startsWith("cloudflare:")) return next(specifier, context);
      return { url: `${STUB}?${encodeURIComponent(specifier)}`, format: "module", shortCircuit: true };
    },
  });
}

const STUB = `data:text/javascript,${encodeURIComponent(`
  const missing = () => { throw new Error("this part of Workers is not there while jobs are listed"); };
  export const connect = missing, env = {}, exports = {}, waitUntil = missing;
  export class EmailMessage {} export class WorkerEntrypoint {} export class DurableObject {}
  export class RpcTarget {} export class WorkflowEntrypoint {}
  export default {};
`)}`;
