/** The ports of domain/ports.ts as a test wants them: nothing real, everything repeatable. */
import type { LoopbackMail } from "../../../src/self-check/loopback.ts";
import type { Delivery, Mail } from "../../../src/mail/message.ts";
import type { Clock, Network, Random, Socket } from "../../../src/core/ports.ts";
import type { ProbeContext } from "../../../src/core/probe-context.ts";
import type { Settings } from "../../../src/core/settings.ts";
import type { Mailer } from "../../../src/mail/ports.ts";

/** Unix ms of a UTC time such as `2026-11-23 10:00` or `2026-11-23 10:00:30.5`. */
export function at(text: string): number {
  const ms = Date.parse(`${text.replace(" ", "T")}Z`);
  if (Number.isNaN(ms)) throw new Error(`${text} is no time`);
  return ms;
}

export const SETTINGS: Settings = {
  serverName: "checker-eu",
  pageTitle: "Status",
  alertContacts: ["ops@example.com"],
  mailFrom: "checker@example.com",
  mailLoopbackTo: "checker@example.com",
  peers: [],
  peerCheckEvery: "HOUR",
  noMail: false,
  bustThreading: false,
  staleAfterSeconds: 180,
  loopbackTimeoutSeconds: 600,
  maxMailsPerHour: 30,
  referenceTargets: [],
  // Tests leap from one time to the next.
  gapAlertAfterSeconds: 1e9,
  flapping: { changes: 0, runs: 20 },
  plan: "paid",
  sharding: { size: 50, inPlace: 12 },
  history: { rawDays: 7, hourlyDays: 90, dailyDays: 730 },
  pingProblem: null,
  deadManUrl: null,
};

/** Stands still until it is moved. */
export class FakeClock implements Clock {
  ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  nowMs(): number {
    return this.ms;
  }
}

/** Tokens count up; numbers are always the same. */
export class FakeRandom implements Random {
  value = 0.5;
  #tokens = 0;

  number(): number {
    return this.value;
  }

  token(): string {
    return (++this.#tokens).toString(16).padStart(32, "0");
  }
}

export const ACCEPTED: Delivery = { accepted: true };

export function refused(code = "E_INTERNAL", reason = "try later", permanent = false): Delivery {
  return { accepted: false, code, reason, permanent };
}

/** Keeps what it accepted; `answer` decides over each. */
export class FakeMailer implements Mailer {
  readonly accepted: Mail[] = [];
  answer: (mail: Mail) => Delivery | Promise<Delivery> = () => ACCEPTED;

  async send(mail: Mail): Promise<Delivery> {
    const delivery = await this.answer(mail);
    if (delivery.accepted) this.accepted.push(mail);
    return delivery;
  }
}

/** A network in which nothing answers, but for what the test gives. */
export function fakeNetwork(parts: Partial<Network> = {}): Network {
  return {
    fetch: () => Promise.reject(new Error("this network has no fetch")),
    connect: () => {
      throw new Error("this network has no connect");
    },
    ...parts,
  };
}

/** A socket that opens when `opened` does. */
export function fakeSocket(opened: Promise<unknown>, onClose: () => void = () => undefined): Socket {
  const closed = Promise.withResolvers<void>();
  // As workerd does: a connection that fails rejects both.
  opened.catch(closed.reject);
  return {
    opened,
    closed: closed.promise,
    readable: new ReadableStream<Uint8Array>(),
    writable: new WritableStream<Uint8Array>(),
    close() {
      onClose();
      closed.resolve();
      return Promise.resolve();
    },
  };
}

export function fakeContext(network: Partial<Network>, changes: Partial<ProbeContext> = {}): ProbeContext {
  let elapsedMs = 0;
  return {
    signal: new AbortController().signal,
    network: fakeNetwork(network),
    nowMs: at("2026-11-23 10:00"),
    // Every look at the clock finds 12 ms gone.
    elapsedMs: () => (elapsedMs += 12),
    ...changes,
  };
}

export function probeAt(sentAtMs: number, changes: Partial<LoopbackMail> = {}): LoopbackMail {
  return { token: "f".repeat(32), sentAtMs, returnedAtMs: null, messageId: "m", sendError: null, ...changes };
}

export function never<T>(): Promise<T> {
  return new Promise<T>(() => undefined);
}
