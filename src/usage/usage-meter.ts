import type { Network } from "../core/ports.ts";
import { addUsage, NO_USAGE, type Usage } from "./usage.ts";

/** What was used and is not recorded yet. Outlives an invocation, for what comes after its commit. */
export class PendingUsage {
  #usage: Usage = NO_USAGE;

  add(usage: Usage): void {
    this.#usage = addUsage(this.#usage, usage);
  }

  get rowsRead(): number {
    return this.#usage.rowsRead;
  }

  take(): Usage {
    const usage = this.#usage;
    this.#usage = NO_USAGE;
    return usage;
  }
}

type Sum = "requests" | "queries" | "rowsRead" | "rowsWritten" | "durableObjectMs";

/** Counts what one invocation uses of the platform. */
export class UsageMeter {
  readonly #sums: Record<Sum, number> = {
    requests: 0,
    queries: 0,
    rowsRead: 0,
    rowsWritten: 0,
    durableObjectMs: 0,
  };
  /** As far as `take` has given them. */
  readonly #taken: Record<Sum, number> = { ...this.#sums };
  #open = 0;
  #peakConnections = 0;
  #peakBytes = 0;
  #invocations = 1;

  /** Requests to the outside so far. */
  get requests(): number {
    return this.#sums.requests;
  }

  /** Rows read so far. */
  get rowsRead(): number {
    return this.#sums.rowsRead;
  }

  /** What was used since this was last asked. */
  take(): Usage {
    const { requests, queries } = this.#sums;
    const usage = {
      ...this.#sums,
      invocations: this.#invocations,
      peakRequests: requests,
      peakConnections: this.#peakConnections,
      peakQueries: queries,
      peakBytes: this.#peakBytes,
    };
    for (const key of Object.keys(this.#sums) as Sum[]) {
      usage[key] -= this.#taken[key];
      this.#taken[key] = this.#sums[key];
    }
    this.#invocations = 0;
    return usage;
  }

  /** The network, with its requests counted. */
  network(inner: Network): Network {
    return {
      fetch: async (url, init) => {
        this.#begins();
        try {
          const response = await inner.fetch(url, init);
          // How many hops there were is not told.
          if (response.redirected) this.#sums.requests += 1;
          return response;
        } finally {
          this.#open -= 1;
        }
      },
      connect: (address) => {
        const socket = inner.connect(address);
        this.#begins();
        const ends = (): void => {
          this.#open -= 1;
        };
        socket.closed.then(ends, ends);
        return socket;
      },
    };
  }

  readonly onQueries = (queries: number, rowsRead: number, rowsWritten: number, bytes: number): void => {
    this.#sums.queries += queries;
    this.#sums.rowsRead += rowsRead;
    this.#sums.rowsWritten += rowsWritten;
    this.#peakBytes = Math.max(this.#peakBytes, bytes);
  };

  /** A Durable Object was awake for so long, ms. */
  addDurableObjectTime(ms: number): void {
    this.#sums.durableObjectMs += Math.max(0, ms);
  }

  #begins(): void {
    this.#sums.requests += 1;
    this.#open += 1;
    this.#peakConnections = Math.max(this.#peakConnections, this.#open);
  }
}
