import { JobFrequency } from "../core/time/frequency.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../alerting/policy.ts";
import type { Outcome } from "../core/outcome.ts";
import type { JobConfig } from "../job-sdk/job-config.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { JobError } from "../job-sdk/job-error.ts";
import { NO_CERTIFICATE, probeTls, type TlsTarget } from "../probes/tls/tls-probe.ts";
import {
  parseHostAlone,
  parseHostAndPort,
  parseOptionalText,
  parseOptions,
  parseText,
  parseTimeoutMs,
} from "./entry.ts";
import { ListedJob, ListSpawner, ENTRY_OPTIONS, type EntryOptions, type ListRules } from "./list-spawner.ts";
import type { Target } from "./target.ts";

/** A TLS server to watch, in full. Plain text stands for `{ address }`. */
export interface TLSServer extends EntryOptions {
  /** `host` or `host:port`; the port's default is 443. */
  readonly address: string;
  /** The name to ask for (SNI) and to find in the certificate. Default: the address's host. */
  readonly serverName?: string;
  /** Fails when fewer whole days are left. Default 30. */
  readonly minDaysLeft?: number;
  /** Until the certificate is read, ms. Default 10 000, at most 25 000. */
  readonly timeoutMs?: number;
}

export class TLSCertExpirationJob extends ListedJob {
  readonly #target: TlsTarget;
  protected adviceFor({ failureKind }: JobNotification): string {
    return failureKind === NO_CERTIFICATE
      ? "What to do: see whether the server runs and speaks TLS on this port. Its certificate could not be read."
      : "What to do: renew the certificate, install it, and restart what serves it. Browsers refuse a wrong one.";
  }

  /** @throws JobError */
  constructor(config: JobConfig, rules: ListRules, server: TLSServer) {
    const { address } = server;
    const remedy = `give the name of a host, such as "example.com", or leave it out`;
    const serverName = parseOptionalText(server.serverName, "serverName", address, remedy);
    super(config, rules, server, ...(serverName === undefined ? [address] : [address, serverName]));
    const { hostname, port } = parseHostAndPort(address, 443);
    this.#target = {
      hostname,
      port,
      serverName: serverName === undefined ? hostname : parseHostAlone(serverName, "serverName"),
      minDaysLeft: parseDays(server),
      timeoutMs: parseTimeoutMs(server.timeoutMs, 10_000),
    };
  }

  get target(): Target {
    const { hostname, port } = this.#target;
    return { by: "connect", hostname, port };
  }

  execute(context: JobContext): Promise<Outcome> {
    return probeTls(this.#target, context);
  }
}

const OPTIONS: readonly (keyof TLSServer)[] = [
  "address",
  "serverName",
  "minDaysLeft",
  "timeoutMs",
  ...ENTRY_OPTIONS,
];
const EXAMPLE = `"example.com" or { address: "example.com:8443", minDaysLeft: 14 }`;

/** Watches how long the certificates of `servers` are still valid. */
export abstract class TLSCertExpirationSpawner extends ListSpawner<string | TLSServer> {
  override readonly duplicateHint =
    "Remove one of them, or give it another port or serverName: { address, serverName }.";

  override executeEvery(): JobFrequency {
    return JobFrequency.DAY;
  }

  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency.EVERYDAY;
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.ONE;
  }

  protected createJob(config: JobConfig, entry: string | TLSServer): TLSCertExpirationJob {
    const server = typeof entry === "string" ? { address: entry } : entry;
    parseOptions(server, OPTIONS, EXAMPLE);
    parseText(server.address, "address", EXAMPLE);
    return new TLSCertExpirationJob(config, this, server);
  }
}

function parseDays({ address, minDaysLeft = 30 }: TLSServer): number {
  if (!Number.isInteger(minDaysLeft) || minDaysLeft < 0 || minDaysLeft > 3650) {
    throw new JobError(
      "E_DAYS",
      `minDaysLeft of ${address} is ${minDaysLeft}; give whole days from 0 to 3650`,
    );
  }
  return minDaysLeft;
}
