import { builtinModules } from "node:module";
import type { OnLoadResult, Plugin } from "esbuild";

const BUILTIN = new Set(builtinModules);

/**
 * For looking whether files can be bundled: a name that a module of Node does not have is a fault of the
 * file that imports it. wrangler leaves it to workerd, which does not start the Worker at all then.
 */
export const namedModules = runtimeModules((path) => {
  const module: unknown = process.getBuiltinModule(`node:${path}`);
  if (typeof module !== "object" && typeof module !== "function") {
    return { errors: [{ text: `There is no module node:${path}` }] };
  }
  const names = Object.getOwnPropertyNames(module).filter((name) => name !== "default");
  const list = ["default", ...names].map((name) => `module as ${JSON.stringify(name)}`);
  return { contents: `let module; export { ${list.join(", ")} };` };
});

/** For evaluating a bundle in Node: the modules of Node, taken when they are asked for. */
export const evaluableModules = runtimeModules((path) => ({
  contents: `module.exports = process.getBuiltinModule(${JSON.stringify(`node:${path}`)});`,
}));

/**
 * Stands in for what the runtime brings along, so that a bundle imports nothing.
 *
 * @param nodeModule source for a module of Node, by its name without "node:"
 */
function runtimeModules(nodeModule: (path: string) => OnLoadResult): Plugin {
  return {
    name: "runtime-modules",
    setup(build) {
      build.onResolve({ filter: /^(cloudflare|workerd):/ }, ({ path }) => ({ path, namespace: "workers" }));
      build.onResolve({ filter: /^[a-z]/ }, ({ path }) =>
        path.startsWith("node:") || BUILTIN.has(path)
          ? { path: path.replace(/^node:/, ""), namespace: "node" }
          : null,
      );
      build.onLoad({ filter: /.*/, namespace: "workers" }, () => ({ contents: WORKERS }));
      build.onLoad({ filter: /.*/, namespace: "node" }, ({ path }) => nodeModule(path));
    },
  };
}

/** What is taken from `cloudflare:…` throws when it is called: only listing jobs needs no Worker. */
const WORKERS = `
  const missing = () => { throw new Error("this part of Workers is not there while jobs are listed"); };
  class Missing {}
  module.exports = {
    connect: missing, waitUntil: missing, env: {}, exports: {},
    EmailMessage: Missing, WorkerEntrypoint: Missing, DurableObject: Missing, RpcTarget: Missing,
    WorkflowEntrypoint: Missing,
  };
`;
