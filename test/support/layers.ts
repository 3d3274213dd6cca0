/** The layer table of docs/architecture.md: what a file of a layer may import, and what not. */
export const LAYERS: Readonly<
  Record<string, { readonly may: readonly string[]; readonly mayNot: readonly string[] }>
> = {
  "src/domain/a.ts": {
    may: ["./b.ts"],
    mayNot: [
      "../timing/b.ts",
      "../job/b.ts",
      "../adapters/d1/b.ts",
      "hono",
      "node:fs",
      "cloudflare:email",
      "#checker",
    ],
  },
  "src/domain/history/a.ts": {
    may: ["./b.ts", "../b.ts"],
    mayNot: ["../../timing/b.ts", "../../adapters/d1/b.ts", "hono", "node:fs", "#checker"],
  },
  "src/domain/pages/a.ts": {
    may: ["./b.ts", "../b.ts", "../history/b.ts"],
    mayNot: ["../../timing/b.ts", "../../views/b.tsx", "hono", "node:fs"],
  },
  "src/views/a.tsx": {
    may: ["./b.tsx", "../domain/b.ts", "../domain/pages/b.ts", "hono/jsx"],
    mayNot: [
      "../timing/b.ts",
      "../job/b.ts",
      "../usecases/b.ts",
      "../adapters/b.ts",
      "../handlers/b.ts",
      "valibot",
    ],
  },
  "src/timing/a.ts": {
    may: ["./b.ts", "../domain/b.ts", "croner"],
    mayNot: [
      "../job/b.ts",
      "../probes/b.ts",
      "../checks/b.ts",
      "../usecases/b.ts",
      "../adapters/b.ts",
      "../handlers/b.ts",
      "valibot",
      "hono",
    ],
  },
  "src/job/a.ts": {
    may: ["./b.ts", "../domain/b.ts", "../timing/b.ts"],
    mayNot: [
      "../probes/b.ts",
      "../checks/b.ts",
      "../usecases/b.ts",
      "../adapters/b.ts",
      "../handlers/b.ts",
      "../checker.ts",
      "hono",
    ],
  },
  "src/probes/http/a.ts": {
    may: ["./b.ts", "../b.ts", "../../domain/b.ts", "../../timing/b.ts", "node:crypto"],
    mayNot: [
      "../../job/b.ts",
      "../../checks/b.ts",
      "../../usecases/b.ts",
      "../../adapters/b.ts",
      "../../handlers/b.ts",
      "cloudflare:sockets",
      "hono",
      "npm-of-n",
    ],
  },
  "src/checks/a.ts": {
    may: ["./b.ts", "../domain/b.ts", "../timing/b.ts", "../job/b.ts", "../probes/b.ts"],
    mayNot: [
      "../usecases/b.ts",
      "../adapters/b.ts",
      "../handlers/b.ts",
      "../checker.ts",
      "#checker",
      "mimetext",
    ],
  },
  "src/usecases/a.ts": {
    may: ["./b.ts", "../domain/b.ts", "../timing/b.ts", "../job/b.ts"],
    mayNot: [
      "../probes/b.ts",
      "../checks/b.ts",
      "../adapters/b.ts",
      "../handlers/b.ts",
      "hono",
      "cloudflare:email",
    ],
  },
  "src/adapters/d1/a.ts": {
    may: ["./b.ts", "../b.ts", "../../domain/b.ts", "../../timing/b.ts", "valibot", "cloudflare:sockets"],
    mayNot: [
      "../../job/b.ts",
      "../../probes/b.ts",
      "../../checks/b.ts",
      "../../usecases/b.ts",
      "../../handlers/b.ts",
      "#checker",
    ],
  },
  "src/handlers/a.ts": {
    may: [
      "./b.ts",
      "../usecases/b.ts",
      "../adapters/d1/b.ts",
      "../probes/b.ts",
      "../job/b.ts",
      "../domain/b.ts",
      "hono",
    ],
    mayNot: ["../checks/b.ts", "../timing/b.ts", "../checker.ts", "#checker"],
  },
  "src/index.ts": {
    may: ["./handlers/b.ts", "./job/registry.generated.ts"],
    mayNot: [
      "./domain/b.ts",
      "./usecases/b.ts",
      "./adapters/b.ts",
      "./probes/b.ts",
      "./checks/b.ts",
      "./timing/b.ts",
      "hono",
    ],
  },
  "jobs/A.ts": {
    may: ["#checker", "./lib/b.ts"],
    mayNot: ["../src/checker.ts", "../src/domain/b.ts"],
  },
};
