/** What a tick used of the platform, in all its invocations. */
export interface Usage {
  /** Invocations: of the Worker, and of the Durable Objects that run shards. */
  readonly invocations: number;
  /** Requests and connections to the outside. */
  readonly requests: number;
  /** Most of them that were open at once in one invocation. */
  readonly peakConnections: number;
  /** Queries of D1. */
  readonly queries: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Time that Durable Objects were awake, ms. */
  readonly runnerMs: number;
}

export const NO_USAGE: Usage = {
  invocations: 0,
  requests: 0,
  peakConnections: 0,
  queries: 0,
  rowsRead: 0,
  rowsWritten: 0,
  runnerMs: 0,
};

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    invocations: a.invocations + b.invocations,
    requests: a.requests + b.requests,
    peakConnections: Math.max(a.peakConnections, b.peakConnections),
    queries: a.queries + b.queries,
    rowsRead: a.rowsRead + b.rowsRead,
    rowsWritten: a.rowsWritten + b.rowsWritten,
    runnerMs: a.runnerMs + b.runnerMs,
  };
}
