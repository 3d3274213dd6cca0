import type { Network } from "../domain/ports.ts";
import { NO_USAGE, type Usage } from "../domain/usage.ts";

/** Counts what one invocation uses of the platform. */
export class Meter {
  #usage: Usage = { ...NO_USAGE, invocations: 1 };
  #open = 0;

  get usage(): Usage {
    return this.#usage;
  }

  /** The network, with its requests counted. */
  network(inner: Network): Network {
    return {
      fetch: async (url, init) => {
        this.#begins();
        try {
          const response = await inner.fetch(url, init);
          // How many hops there were is not told.
          if (response.redirected) this.#add("requests", 1);
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

  addDatabase(queries: number, rowsRead: number, rowsWritten: number): void {
    this.#add("queries", queries);
    this.#add("rowsRead", rowsRead);
    this.#add("rowsWritten", rowsWritten);
  }

  #begins(): void {
    this.#add("requests", 1);
    this.#open += 1;
    this.#usage = { ...this.#usage, peakConnections: Math.max(this.#usage.peakConnections, this.#open) };
  }

  #add(what: "requests" | "queries" | "rowsRead" | "rowsWritten", count: number): void {
    this.#usage = { ...this.#usage, [what]: this.#usage[what] + count };
  }
}
