import { expect, vi } from "vitest";
import type { Network } from "../../../src/core/ports.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { ProbeContext } from "../../../src/core/probe-context.ts";
import { probeTls, type TlsTarget } from "../../../src/probes/tls/tls-probe.ts";
import { nodeNetwork } from "../../support/network/node.ts";
import { scriptedNetwork, type Serve } from "../../support/network/scripted.ts";
import type { TestServer } from "../../support/network/tls-servers.ts";

/** 70 days before the certificates of test/support end. */
export const NOW_MS = Date.parse("2026-11-23T00:00:00Z");

export function contextOver(network: Network, changes: Partial<ProbeContext> = {}): ProbeContext {
  return {
    signal: new AbortController().signal,
    network,
    nowMs: NOW_MS,
    elapsedMs: () => performance.now(),
    ...changes,
  };
}

export function targetAt(port: number, changes: Partial<TlsTarget> = {}): TlsTarget {
  return {
    hostname: "127.0.0.1",
    port,
    serverName: "a.example",
    minDaysLeft: 30,
    timeoutMs: 2000,
    ...changes,
  };
}

/** Status and reason as one text. */
export function said({ status, reason }: Outcome): string {
  return `${status}: ${reason}`;
}

/** What the probe says of a server, which is closed afterwards. Fails when the probe leaves a connection. */
export async function probed(server: TestServer, changes: Partial<TlsTarget> = {}): Promise<string> {
  try {
    const outcome = await probeTls(targetAt(server.port, changes), contextOver(nodeNetwork()));
    await vi.waitFor(() => expect(server.openConnections()).toBe(0), { timeout: 500, interval: 2 });
    return said(outcome);
  } finally {
    await server.close();
  }
}

export function record(type: number, ...payload: readonly number[]): Uint8Array {
  return new Uint8Array([type, 3, 3, payload.length >> 8, payload.length & 0xff, ...payload]);
}

export function alert(description: number): Uint8Array {
  return record(21, 2, description);
}

/** Answers connection after connection with the given bytes, and ends each. */
export function answering(...answers: readonly Uint8Array[]): Serve {
  return (index, answer) => () => {
    answer(answers[index] ?? null);
    answer(null);
  };
}

/** What the probe says of a server that a test makes up. */
export async function scripted(serve: Serve): Promise<string> {
  return said(await probeTls(targetAt(443), contextOver(scriptedNetwork(serve))));
}
