/** Files that share a process share nothing else: each has modules, globals and an environment of its own. */
import { afterAll, vi } from "vitest";

const environment = { ...process.env };

// The first hook is the last to run.
afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, environment);
  vi.resetModules();
});
