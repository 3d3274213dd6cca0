/** Job files of the Worker under test that do what the test says. */
import { connect } from "cloudflare:sockets";
import { env } from "cloudflare:workers";
import {
  HeartbeatSpawner,
  HTTPServerSpawner,
  JobBase,
  JobSpawner,
  type Heartbeat,
  type HTTPServer,
  type JobConfig,
  type JobNotification,
} from "#checker";
import type { JobFrequency } from "../../../src/core/time/frequency.ts";
import type {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../../../src/alerting/policy.ts";
import type { JobSpec, Reply } from "./steering.ts";

export const vars = env as unknown as {
  /** Host and port of the test. */
  readonly STEERING: string;
  readonly JOBS: readonly string[];
  readonly SERVERS?: readonly (string | HTTPServer)[];
  readonly HEARTBEATS?: readonly Heartbeat[];
  readonly TIME_SCALE?: number;
  /** Where the domains of Cloudflare Access are, each as a folder. */
  readonly ACCESS_SERVER?: string;
};

/**
 * The test's answer to a question of the Worker. Not counted as a connection of a job. A socket, as every fetch of a
 * Worker on this machine goes through wrangler's own process, which takes five times as long.
 */
export async function ask<T>(route: string, argument = "", body = ""): Promise<T> {
  const socket = connect(vars.STEERING);
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode(`${JSON.stringify([route, argument, body])}\n`));
  writer.releaseLock();
  const answer = await new Response(socket.readable).text();
  await socket.close();
  return JSON.parse(answer) as T;
}

export class Steered extends JobSpawner {
  override async *getSubJobs(config: JobConfig): AsyncGenerator<JobBase> {
    const { jobs, throws } = await ask<{ jobs: readonly JobSpec[]; throws: string | null }>("jobs");
    for (const spec of jobs) yield new SteeredJob(config, spec);
    if (throws !== null) throw new Error(throws);
  }
}

class SteeredJob extends JobBase {
  readonly #spec: JobSpec;
  #runs = 0;

  constructor(config: JobConfig, spec: JobSpec) {
    super(config, spec.name);
    this.#spec = spec;
  }

  override getName(): string {
    return this.#spec.shownAs ?? super.getName();
  }

  override getGroup(): string {
    return this.#spec.group ?? super.getGroup();
  }

  override isPublic(): boolean {
    return this.#spec.isPublic ?? super.isPublic();
  }

  override executeEvery(): JobFrequency {
    return this.#spec.every ?? "MINUTE";
  }

  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return this.#spec.notify ?? "ONSTATECHANGE";
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return this.#spec.minimum ?? 1;
  }

  override timeLimitMs(): number {
    return this.#spec.timeLimitMs ?? super.timeLimitMs();
  }

  override onFailure(notice: JobNotification): boolean | Promise<boolean> {
    if (this.#spec.signs !== true) return super.onFailure(notice);
    return this.sendEmail(`${this.#spec.name} failed in run ${this.#runs}`, "By itself.\n");
  }

  override async execute(): Promise<boolean> {
    this.#runs += 1;
    const { always, name } = this.#spec;
    if (always === "up") return true;
    if (always === "throw") throw new Error("this job throws");
    const reply = always === "hang" ? always : await ask<Reply>("run", name);
    if (reply === "hang") return new Promise<never>(() => undefined);
    if ("throws" in reply) throw new Error(reply.throws);
    for (const { subject, body, to } of reply.mails ?? []) this.sendEmail(subject, body, to);
    // What a job of an owner who does not check types may return.
    return reply.returns as boolean;
  }
}

export class WebServers extends HTTPServerSpawner {
  override servers: readonly (string | HTTPServer)[] = vars.SERVERS ?? [];
}

export class Heartbeats extends HeartbeatSpawner {
  override heartbeats: readonly Heartbeat[] = vars.HEARTBEATS ?? [];
}
