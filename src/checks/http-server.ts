import type { Outcome } from "../core/outcome.ts";
import type { JobConfig } from "../job-sdk/job-config.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import { JobError } from "../job-sdk/job-error.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { BOT_CHALLENGE } from "../probes/http/http-answer.ts";
import { probeHttp, type HttpTarget } from "../probes/http/http-probe.ts";
import { parseName, parseOptions, parseText, parseTimeoutMs } from "./entry.ts";
import { parseHeaders, parseMethod, parseUrl } from "./http-request.ts";
import { ListedJob, ListSpawner, ENTRY_OPTIONS, type EntryOptions, type ListRules } from "./list-spawner.ts";
import { targetByFetch, type Target } from "./target.ts";

/** An HTTP server to watch, in full. A plain URL stands for `{ url }`. */
export interface HTTPServer extends EntryOptions {
  readonly url: string;
  /** Tells two entries for the same URL apart. Default: the URL. */
  readonly name?: string;
  /** Default `GET`. */
  readonly method?: string;
  /** Sent to the origin of `url` alone: a redirect to another gets only user-agent and accept. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that count as well. Default `[200]`. With a 3xx among them, redirects are not followed. */
  readonly expectedStatuses?: readonly number[];
  /** Until the head of the answer, ms. Default 10 000, at most 25 000. */
  readonly timeoutMs?: number;
}

export class HTTPServerJob extends ListedJob {
  readonly #target: HttpTarget;
  protected adviceFor({ failureKind }: JobNotification): string {
    return failureKind === BOT_CHALLENGE
      ? "What to do: let Checker through in the server's Cloudflare zone, by a WAF rule that skips the challenge for a secret " +
          "header of this entry; Bot Fight Mode has no exceptions and must be off. Of the server itself nothing is known."
      : "What to do: open the address yourself. If it fails for you too, look at the server and its log.";
  }

  /** @throws JobError */
  constructor(config: JobConfig, rules: ListRules, server: HTTPServer) {
    // The address first: what is said of the other options shows it.
    super(config, rules, server, parseName(server.name, parseUrl(server.url)));
    this.#target = parseServer(server);
  }

  get target(): Target {
    return targetByFetch(this.#target.url);
  }

  execute(context: JobContext): Promise<Outcome> {
    return probeHttp(this.#target, context);
  }
}

const OPTIONS: readonly (keyof HTTPServer)[] = [
  "url",
  "name",
  "method",
  "headers",
  "expectedStatuses",
  "timeoutMs",
  ...ENTRY_OPTIONS,
];
const EXAMPLE = `"https://example.com/" or { url: "https://example.com/", expectedStatuses: [200, 302] }`;

/** Watches the HTTP servers in `servers`. */
export abstract class HTTPServerSpawner extends ListSpawner<string | HTTPServer> {
  override readonly duplicateHint = "Remove one of them, or give it a name of its own: { url, name }.";

  protected createJob(config: JobConfig, entry: string | HTTPServer): HTTPServerJob {
    const server = typeof entry === "string" ? { url: entry } : entry;
    parseOptions(server, OPTIONS, EXAMPLE);
    parseText(server.url, "url", EXAMPLE);
    return new HTTPServerJob(config, this, server);
  }
}

function parseServer(server: HTTPServer): HttpTarget {
  const { url, method = "GET", headers = {} } = server;
  const expectedStatuses: unknown = server.expectedStatuses ?? [200];
  if (!isStatuses(expectedStatuses)) {
    throw new JobError(
      "E_STATUS",
      `expectedStatuses of ${url} is ${JSON.stringify(expectedStatuses)}; give a list of numbers, such as [200, 302]`,
    );
  }
  const wrong = expectedStatuses.find((status) => !Number.isInteger(status) || status < 100 || status > 999);
  if (expectedStatuses.length === 0 || wrong !== undefined) {
    throw new JobError(
      "E_STATUS",
      `expectedStatuses of ${url} is [${expectedStatuses.join(", ")}]; give one or more from 100 to 999`,
    );
  }
  return {
    url,
    method: parseMethod(method, url),
    headers: parseHeaders(headers, url),
    expectedStatuses,
    timeoutMs: parseTimeoutMs(server.timeoutMs, 10_000),
  };
}

function isStatuses(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((status) => typeof status === "number");
}
