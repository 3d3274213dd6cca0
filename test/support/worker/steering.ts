/** Where a test decides what the Worker under test finds: which jobs there are, how they end, what mail does. */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createInterface } from "node:readline";
import type { JobFrequency } from "../../../src/core/time/frequency.ts";
import type { JobFailureNotificationFrequency } from "../../../src/alerting/policy.ts";

/** A job of the steered spawner. */
export interface JobSpec {
  /** Distinguishes it from others of its file. */
  readonly name: string;
  /** What people read. Default: what a job is called that says nothing of it. */
  readonly shownAs?: string;
  /** Default: the spawner's file. */
  readonly group?: string;
  /** Default false. */
  readonly isPublic?: boolean;
  /** Default MINUTE. */
  readonly every?: JobFrequency;
  /** Default ONSTATECHANGE. */
  readonly notify?: JobFailureNotificationFrequency;
  /** Default 1. */
  readonly minimum?: 1 | 2 | 5 | 10;
  readonly timeLimitMs?: number;
  /** Default: it asks this server how it ends. Others end so by themselves, without a request. */
  readonly always?: "up" | "hang" | "throw";
  /** It tells failures itself, with how often it has run since it was made. */
  readonly signs?: boolean;
}

/** A mail that `execute` itself asks for. */
export interface AskedMail {
  readonly subject: string;
  readonly body: string;
  readonly to?: string;
}

/** How a run ends: what `execute` returns, or `hang`, or a throw of that text. */
export type Reply =
  { readonly returns: unknown; readonly mails?: readonly AskedMail[] } | { readonly throws: string } | "hang";

/** What the mail service does with a message. `die` takes the invocation with it. */
export type Verdict = "accept" | "hang" | "die" | { readonly code: string; readonly message: string };

/** A run that has begun and ends when the test lets it. */
export interface Held {
  /** Resolves when the job is asked. */
  readonly begun: Promise<void>;
  release(reply?: Reply): void;
}

export interface Steering {
  /** Host and port. */
  readonly address: string;
  jobs: readonly JobSpec[];
  /** Text that `getSubJobs` throws after it has yielded all, or null. */
  spawnerThrows: string | null;
  /** By recipient; `accept` unless set. */
  readonly mail: Map<string, Verdict>;
  /**
   * Database statements of later cron events that begin with one of these (all do with "") fail, are done but
   * lose their answer, kill the invocation, or wait until `gate` is opened: so often in each event, or always.
   */
  readonly faults: {
    readonly sql: string;
    readonly how: "fail" | "lose" | "die" | "wait";
    readonly times?: number;
  }[];
  /** Calls of Durable Objects that take the object with them, once each: `run MINUTE-1`, or `run MINUTE-1 at its end`. */
  readonly doomed: Set<string>;
  /** Calls of Durable Objects: `run MINUTE-1`. */
  readonly calls: string[];
  /** Recipients in the order in which the Worker tried to mail them. */
  readonly tried: string[];
  /** Rows that each scheduled event wrote, and queries that it made. */
  readonly costs: { readonly rowsWritten: number; readonly queries: number }[];
  /** How often each job was run. */
  readonly runs: Map<string, number>;
  /** From now on every run of `job` ends so. */
  set(job: string, reply: Reply): void;
  /** Holds the next run of `job`. */
  hold(job: string): Held;
  /** Where the next statement that is to wait does so. */
  gate(): Held;
  reset(): void;
  close(): Promise<void>;
}

export const WELL: Reply = { returns: { status: "up", reason: "fine", latencyMs: 5, failureKind: null } };

export function failing(reason: string): Reply {
  return { returns: { status: "down", reason, latencyMs: null, failureKind: null } };
}

export function unclear(reason: string): Reply {
  return { returns: { status: "inconclusive", reason, latencyMs: null, failureKind: null } };
}

/** Under this name, which no job has, a statement is held. */
const GATE = " gate";

export async function startSteering(): Promise<Steering> {
  const replies = new Map<string, Reply>();
  const holds = new Map<string, { begin: () => void; reply: Promise<Reply> }>();

  const routes: Record<string, (argument: string, body: string) => Promise<unknown>> = {
    jobs: async () => ({ jobs: steering.jobs, throws: steering.spawnerThrows }),
    run: async (job) => {
      steering.runs.set(job, (steering.runs.get(job) ?? 0) + 1);
      const held = holds.get(job);
      holds.delete(job);
      if (held === undefined) return replies.get(job) ?? WELL;
      held.begin();
      return held.reply;
    },
    mail: async (recipient) => {
      steering.tried.push(recipient);
      return steering.mail.get(recipient) ?? "accept";
    },
    faults: async () => steering.faults,
    call: async (name) => {
      if (!name.endsWith(" at its end")) steering.calls.push(name);
      return steering.doomed.delete(name);
    },
    gate: async () => {
      const held = holds.get(GATE);
      holds.delete(GATE);
      held?.begin();
      return held?.reply;
    },
    costs: async (_argument, body) => {
      steering.costs.push(JSON.parse(body) as { rowsWritten: number; queries: number });
      return null;
    },
  };
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket.once("close", () => sockets.delete(socket)));
    // The Worker may be gone by the time of the answer.
    socket.on("error", () => undefined);
    return void serve(socket, routes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  const steering: Steering = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    jobs: [],
    spawnerThrows: null,
    mail: new Map(),
    faults: [],
    doomed: new Set(),
    calls: [],
    tried: [],
    costs: [],
    runs: new Map(),
    set: (job, reply) => void replies.set(job, reply),
    hold(job) {
      const begun = Promise.withResolvers<void>();
      const reply = Promise.withResolvers<Reply>();
      holds.set(job, { begin: () => begun.resolve(), reply: reply.promise });
      return { begun: begun.promise, release: (end = replies.get(job) ?? WELL) => reply.resolve(end) };
    },
    gate: () => steering.hold(GATE),
    reset() {
      steering.jobs = [];
      steering.spawnerThrows = null;
      for (const map of [steering.mail, steering.runs, replies, holds]) map.clear();
      for (const list of [steering.tried, steering.costs, steering.faults, steering.calls]) list.length = 0;
      steering.doomed.clear();
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return steering;
}

/** A line is a question: route, argument and body as JSON. What comes back until the end is the answer. */
async function serve(
  socket: Socket,
  routes: Record<string, (argument: string, body: string) => Promise<unknown>>,
): Promise<void> {
  const lines = await once(createInterface({ input: socket }), "line");
  const [route, argument, body] = JSON.parse(String(lines[0])) as readonly [string, string, string];
  const answer = await routes[route]?.(argument, body);
  socket.end(JSON.stringify(answer ?? null));
}
