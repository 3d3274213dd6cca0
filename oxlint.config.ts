import { defineConfig, type OxlintConfig } from "oxlint";
import project from "./package.json" with { type: "json" };

type Override = NonNullable<OxlintConfig["overrides"]>[number];

/**
 * The rooms of src/, lowest first, and the packages that each may import. A room imports itself and rooms above it in this
 * list; never one below. Types count too.
 */
export const ROOMS: readonly (readonly [room: string, packages: readonly string[]])[] = [
  ["core", ["croner"]],
  ["probes", ["node:crypto"]],
  ["usage", []],
  ["alerting", []],
  ["heartbeats", []],
  ["mail", []],
  ["self-check", []],
  ["job-sdk", []],
  ["checks", []],
  ["job-loading", []],
  ["execution", []],
  ["history", []],
  ["notifications", []],
  ["scheduling", []],
  ["status", []],
  ["admin", []],
  ["capacity", []],
  ["storage", ["valibot"]],
  ["platform", ["hono", "valibot", "mimetext", "postal-mime", "cloudflare:email"]],
  ["web", ["hono", "valibot", "@valibot/to-json-schema"]],
  ["worker", ["hono", "valibot", "cloudflare:workers"]],
];

/** Everything that src/ could import besides itself. */
const PACKAGES = [
  ...Object.keys(project.dependencies),
  ...Object.keys(project.devDependencies),
  "node:crypto",
  "node:fs",
  "cloudflare:",
  "#checker",
];

/** Rooms whose code may do I/O by itself. All others get clocks, randomness and the network as arguments. */
const WITH_IO = ["src/core/time/**", "src/probes/**", "src/storage/**", "src/platform/**", "src/worker/**"];

function roomRule([room, packages]: (typeof ROOMS)[number], index: number): Override {
  const higher = ROOMS.slice(index + 1).map(([name]) => name);
  const forbidden = PACKAGES.filter((name) => !packages.some((allowed) => allowed.startsWith(name)));
  const patterns = [
    ...(higher.length === 0
      ? []
      : [
          {
            regex: `^(\\.\\./)+(${higher.join("|")})/`,
            message: `src/${room} may not import a room below it: see ROOMS in oxlint.config.ts.`,
          },
        ]),
    { regex: "^(\\.\\./)+(index|checker)\\.ts$", message: "Nothing in src/ imports its entry points." },
    {
      regex: `^(${forbidden.join("|")})`,
      message: `src/${room} may not import this package: see ROOMS in oxlint.config.ts.`,
    },
  ];
  return { files: [`src/${room}/**`], rules: { "no-restricted-imports": ["error", { patterns }] } };
}

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "promise", "vitest"],
  categories: { correctness: "error", suspicious: "error" },
  options: { typeAware: true },
  rules: {
    "typescript/no-floating-promises": ["error", { ignoreVoid: false }],
    "typescript/no-misused-promises": "error",
    "typescript/await-thenable": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-unsafe-argument": "error",
    "typescript/no-unsafe-assignment": "error",
    "typescript/no-unsafe-call": "error",
    "typescript/no-unsafe-member-access": "error",
    "typescript/no-unsafe-return": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/consistent-type-imports": "error",
    "typescript/only-throw-error": "error",
    "typescript/prefer-promise-reject-errors": "error",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "eslint/eqeqeq": "error",
    "eslint/no-var": "error",
    "eslint/prefer-const": "error",
    "eslint/max-lines": ["error", { max: 300 }],
    "eslint/no-await-in-loop": "off",
    "unicorn/no-array-sort": "error",
    "typescript/no-unsafe-type-assertion": "off",
    "vitest/require-mock-type-parameters": "off",
    "vitest/no-conditional-tests": "off",
    "eslint/no-shadow": "off",
    "unicorn/consistent-function-scoping": "off",
    "typescript/consistent-return": "off",
  },
  ignorePatterns: [
    "src/job-loading/registry.generated.ts",
    "src/web/pages/assets.generated.ts",
    "public/assets/page.js",
    "public/assets/chart.js",
    ".wrangler",
    ".checker",
    "node_modules",
    "test/fixtures/jobs",
  ],
  overrides: [
    ...ROOMS.map(roomRule),
    {
      files: ["src/**"],
      rules: {
        "no-console": "error",
        "no-restricted-globals": [
          "error",
          "fetch",
          "setTimeout",
          "setInterval",
          "crypto",
          "performance",
          "caches",
          "navigator",
        ],
        "no-restricted-properties": [
          "error",
          { object: "Math", property: "random", message: "Take a Random as an argument." },
          { object: "Date", property: "now", message: "Take the time as an argument." },
        ],
      },
    },
    {
      files: WITH_IO,
      rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" },
    },
    { files: ["src/platform/log.ts"], rules: { "no-console": ["error", { allow: ["error", "warn"] }] } },
    {
      files: ["jobs/*"],
      rules: {
        "no-restricted-imports": [
          "error",
          { patterns: [{ regex: "^\\.\\./", message: "Jobs import from #checker." }] },
        ],
      },
    },
  ],
});
