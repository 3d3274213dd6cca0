import { join } from "node:path";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { startWorker, type StartedWorker } from "../../../scripts/lib/start-worker.ts";
import type { HttpTarget } from "../../../src/probes/http/http-probe.ts";
import type { TcpTarget } from "../../../src/probes/tcp-probe.ts";
import type { TlsTarget } from "../../../src/probes/tls/tls-probe.ts";
import type { ProbeOrder } from "./probe.ts";

/** What a probe ended with: an outcome or a peer's answer, or what it threw. */
export interface ProbeResult {
  readonly status?: string;
  readonly failureKind?: string | null;
  readonly reason?: string;
  readonly latencyMs?: number | null;
  readonly thrown?: string;
}

/** Runs probes inside real workerd. Between tests nothing is kept. */
export interface Prober {
  http(url: string, changes?: Partial<HttpTarget>, limitMs?: number): Promise<ProbeResult>;
  tcp(target: TcpTarget): Promise<ProbeResult>;
  tls(target: TlsTarget, nowMs: number): Promise<ProbeResult>;
  peer(url: string): Promise<ProbeResult>;
  /** Not a probe but a plain fetch, as a job of an owner's own has it. */
  plainFetch(url: string): Promise<ProbeResult>;
  close(): Promise<void>;
}

/** The date and flags of wrangler.toml: some of them change what fetch() and connect() do. */
export const COMPATIBILITY = {
  date: "2026-11-17",
  flags: ["nodejs_compat", "global_fetch_strictly_public"],
} as const;

/** Longer than any probe here may take, ms. */
const LIMIT_MS = 10_000;

export async function startProber(): Promise<Prober> {
  const worker = await startWorker({
    name: "prober",
    entrypoint: join(projectRoot, "test/support/worker/probe.ts"),
    compatibility: COMPATIBILITY,
    vars: {},
  });
  const nowMs = Date.now();
  return {
    http: (url, changes = {}, limitMs = LIMIT_MS) => {
      const target: HttpTarget = {
        url,
        method: "GET",
        headers: {},
        expectedStatuses: [200],
        timeoutMs: 5_000,
        ...changes,
      };
      return send(worker, { probe: "http", target, nowMs, limitMs });
    },
    tcp: (target) => send(worker, { probe: "tcp", target, nowMs, limitMs: LIMIT_MS }),
    tls: (target, atMs) => send(worker, { probe: "tls", target, nowMs: atMs, limitMs: LIMIT_MS }),
    peer: (target) => send(worker, { probe: "peer", target, nowMs, limitMs: LIMIT_MS }),
    plainFetch: (target) => send(worker, { probe: "none", target, nowMs, limitMs: LIMIT_MS }),
    close: () => worker.dispose(),
  };
}

async function send(worker: StartedWorker, order: ProbeOrder): Promise<ProbeResult> {
  const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(order) });
  const result: unknown = await response.json();
  return result as ProbeResult;
}

/** Fails when `work` takes so long that the limit which it is about, of 0.2 s at most, cannot have ended it. */
export async function soon<T>(work: Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await work;
  const tookMs = performance.now() - startedMs;
  if (tookMs > 2500) throw new Error(`it took ${Math.round(tookMs)} ms`);
  return result;
}

/** Status and reason as one text, or what was thrown. */
export function said({ status, failureKind, reason, thrown }: ProbeResult): string {
  return thrown === undefined ? `${status ?? failureKind}: ${reason}` : `threw ${thrown}`;
}
