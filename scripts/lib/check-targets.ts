import type { Target } from "../../src/checks/target.ts";
import { isLoopbackHost, kindOfAddress } from "../../src/core/net/address.ts";
import type { JobDefinition } from "../../src/job-loading/job-definition.ts";

/**
 * What jobs watch that a Worker at Cloudflare cannot reach, though one on this machine can. Told by what
 * is written alone: a name that stands for such an address is not looked up.
 */
export function unreachableTargets(jobs: readonly JobDefinition[]): string[] {
  return jobs.flatMap(({ name, job }) => {
    const why = watches(job) ? unreachable(job.target) : null;
    return why === null ? [] : [`${name}: a deployed Worker cannot reach this: ${why}`];
  });
}

/** By its shape: the jobs come from a bundle, which has classes of its own. */
function watches(job: object): job is { readonly target: Target } {
  return "target" in job && typeof job.target === "object" && job.target !== null;
}

const BY_PUBLIC_NAME = "Hint: watch it by a host name that the public can look up and reach";

function unreachable({ by, hostname, port }: Target): string | null {
  const kind = kindOfAddress(hostname);
  if (isLoopbackHost(hostname)) {
    return `${hostname} means the machine on which it runs. ${BY_PUBLIC_NAME}`;
  }
  if (kind === "private") return `${hostname} is a private address. ${BY_PUBLIC_NAME}`;
  if (/\.(local|internal)\.?$/i.test(hostname)) {
    return `${hostname} is a name of a private network. ${BY_PUBLIC_NAME}`;
  }
  if (by === "fetch") {
    return kind === null
      ? null
      : `a Worker cannot fetch ${hostname}, an address without a host name. ${BY_PUBLIC_NAME}`;
  }
  if (kind === "cloudflare") {
    return `${hostname} is an address of Cloudflare, to which a Worker may not connect. Hint: watch it by its host name in HTTPServerChecker`;
  }
  return port === 25
    ? "Workers may not connect to port 25. Hint: watch another port of the mail server, such as 465 or 587"
    : null;
}
