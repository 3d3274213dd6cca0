import type { Outcome } from "../core/outcome.ts";
import type { JobConfig } from "../job-sdk/job-config.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import { probeTcp, type TcpTarget } from "../probes/tcp-probe.ts";
import { parseHostAndPort, parseName, parseOptions, parseText, parseTimeoutMs } from "./entry.ts";
import { ListedJob, ListSpawner, ENTRY_OPTIONS, type EntryOptions, type ListRules } from "./list-spawner.ts";
import type { Target } from "./target.ts";

/** A TCP server to watch, in full. Plain text stands for `{ address }`. */
export interface TCPServer extends EntryOptions {
  /** `host:port`; an IPv6 address in brackets. */
  readonly address: string;
  /** Tells two entries for the same address apart. Default: the address. */
  readonly name?: string;
  /** Until the connection is open, ms. Default 10 000, at most 25 000. */
  readonly timeoutMs?: number;
}

export class TCPServerJob extends ListedJob {
  readonly #target: TcpTarget;
  protected adviceFor(): string {
    return "What to do: see whether the server runs, listens on this port, and lets strangers connect.";
  }

  /** @throws JobError */
  constructor(config: JobConfig, rules: ListRules, server: TCPServer) {
    super(config, rules, server, parseName(server.name, server.address));
    this.#target = {
      ...parseHostAndPort(server.address, null),
      timeoutMs: parseTimeoutMs(server.timeoutMs, 10_000),
    };
  }

  get target(): Target {
    const { hostname, port } = this.#target;
    return { by: "connect", hostname, port };
  }

  execute(context: JobContext): Promise<Outcome> {
    return probeTcp(this.#target, context);
  }
}

const OPTIONS: readonly (keyof TCPServer)[] = ["address", "name", "timeoutMs", ...ENTRY_OPTIONS];
const EXAMPLE = `"example.com:22" or { address: "example.com:22", timeoutMs: 5_000 }`;

/** Watches whether the ports in `servers` can be connected to. */
export abstract class TCPServerSpawner extends ListSpawner<string | TCPServer> {
  override readonly duplicateHint = "Remove one of them, or give it a name of its own: { address, name }.";

  protected createJob(config: JobConfig, entry: string | TCPServer): TCPServerJob {
    const server = typeof entry === "string" ? { address: entry } : entry;
    parseOptions(server, OPTIONS, EXAMPLE);
    parseText(server.address, "address", EXAMPLE);
    return new TCPServerJob(config, this, server);
  }
}
