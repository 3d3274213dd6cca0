/** Keeps the books of the mail: what was to be told, how often it was accepted, and what excuses a repetition. */
import {
  GIVE_UP_AFTER_MS,
  SUSPECT_AFTER,
  type Delivery,
  type LeasedMessage,
  type Mail,
} from "../../../src/mail/message.ts";
import type { Message, DeliveryResult } from "../../../src/mail/message.ts";
import type { OutboxEntry } from "../../../src/mail/outbox.ts";
import { LATE } from "./calls.ts";
import type { Counts } from "./counts.ts";
import type { Invocation } from "./parts.ts";
import type { ModelTime } from "./time.ts";

interface Entry {
  readonly message: Message;
  accepted: number;
  /** Times that it was accepted without anybody's recording it: each excuses one more mail. */
  troubles: number;
  refusedForGood: boolean;
  /** Nobody may lease it before, Unix ms; Infinity for what is closed. */
  leasableFromMs: number;
  /** Leases in a row without a result. */
  unfinished: number;
  /** A call about it failed, or its caller died: what the store knows of it is not known. */
  isUnsure: boolean;
}

/** One mail on its way. */
export interface Attempt {
  /** It tells several messages. */
  readonly isDigest: boolean;
  accepted(): void;
  /** What the caller is told, whether it still waits for it or not. */
  isReported(delivery: Delivery): void;
}

/** From the sources of deliver-mail: nobody else gets a leased message for so long, ms. */
const LEASE_MS = 360_000;
/** An attempt that takes longer counts as failed, ms. */
const SEND_LIMIT_MS = 30_000;
const HOUR_MS = 3_600_000;
/** A call that was given up may be done so much later, ms. */
const LATE_MS = 180_000;
/** A digest of more does not tell each in full. */
const TOLD_IN_FULL = 20;

export class MailBook {
  readonly violations: string[] = [];
  readonly #counts: Counts;
  readonly #time: ModelTime<Invocation>;
  readonly #entries = new Map<string, Entry>();
  readonly #maxMailsPerHour: number;
  /** When mails to a person were accepted, Unix ms. */
  readonly #accepted = new Map<string, number[]>();
  /** To whom more may be mailed in an hour: what was accepted was not recorded, or by two at a time. */
  readonly #uncounted = new Set<string>();
  readonly #sending = new Map<Invocation, Set<string>>();
  #unsureUntilMs = -Infinity;
  /** When mail to a person was last refused for now, Unix ms. */
  readonly #refusedAtMs = new Map<string, number>();

  constructor(time: ModelTime<Invocation>, counts: Counts, maxMailsPerHour: number) {
    this.#maxMailsPerHour = maxMailsPerHour;
    this.#time = time;
    this.#counts = counts;
  }

  /** Rows of the outbox that came to be. */
  written(messages: readonly Message[]): void {
    for (const message of messages) {
      if (this.#entries.has(message.id)) this.violations.push(`message ${message.id} was written twice`);
      this.#entries.set(message.id, {
        message,
        accepted: 0,
        troubles: 0,
        refusedForGood: false,
        leasableFromMs: -Infinity,
        unfinished: 0,
        isUnsure: false,
      });
    }
  }

  leased(owner: Invocation, messages: readonly LeasedMessage[], atMs: number): void {
    owner.leased = messages;
    owner.leasedAtMs = atMs;
    if (messages.length === 0) return;
    const open = this.#sending.get(owner) ?? new Set();
    this.#sending.set(owner, open);
    for (const { id } of messages) {
      open.add(id);
      const entry = this.#entries.get(id);
      if (entry !== undefined)
        Object.assign(entry, { leasableFromMs: atMs + LEASE_MS, unfinished: entry.unfinished + 1 });
    }
    const atOnce = [...this.#sending.keys()].flatMap(({ leased }) => leased.map(({ to }) => to));
    if (this.#sending.size > 1) for (const to of atOnce) this.#uncounted.add(to);
  }

  /** A lease of which the answer is lost may have taken anything. */
  async seesLease<T>(lease: Promise<T>): Promise<T> {
    try {
      return await lease;
    } catch (error) {
      this.isUnsureOf(null);
      throw error;
    }
  }

  /** @param ids null for all */
  isUnsureOf(ids: readonly string[] | null): void {
    // Done late, it may take what is written meanwhile.
    if (ids === null) this.#unsureUntilMs = this.#time.nowMs + LATE_MS + LEASE_MS;
    for (const id of ids ?? this.#entries.keys()) {
      const entry = this.#entries.get(id);
      if (entry === undefined) continue;
      entry.isUnsure = true;
      // What was to be recorded of it may be a refusal.
      if (ids !== null) this.#refusedAtMs.set(entry.message.to, this.#time.nowMs);
    }
  }

  /** No recipient waits for another's refusals: whoever takes mail is mailed at once. */
  leavesNobodyOut(leased: readonly LeasedMessage[], limit: number): void {
    if (leased.length >= limit || this.#time.nowMs <= this.#unsureUntilMs) return;
    const ids = new Set(leased.map(({ id }) => id));
    for (const { message, leasableFromMs, unfinished, isUnsure } of this.#entries.values()) {
      if (message.token !== null || ids.has(message.id) || isUnsure || unfinished >= SUSPECT_AFTER) continue;
      if (leasableFromMs > this.#time.nowMs) continue;
      const refusedAtMs = this.#refusedAtMs.get(message.to) ?? -Infinity;
      if (this.#time.nowMs - refusedAtMs <= HOUR_MS) continue;
      this.violations.push(`"${message.subject}" to ${message.to} waits though nobody refused it`);
    }
    const others = [...this.#refusedAtMs.values()].filter((atMs) => this.#time.nowMs - atMs <= HOUR_MS);
    if (others.length > 0 && ids.size > 0) this.#counts.add("leases beside a recipient who refuses");
  }

  begins(owner: Invocation, mail: Mail): Attempt {
    if (owner.phase === "tick") return this.#beginsWithoutStore(owner, mail);
    const told = this.#toldBy(owner, mail);
    if (told.length === 0) this.violations.push(`nothing explains the mail "${mail.subject}" to ${mail.to}`);
    if (this.#time.nowMs - owner.leasedAtMs >= LEASE_MS) {
      this.violations.push(`#${owner.id} mails after its lease was over, when another may mail the same`);
    }
    const startedMs = this.#time.nowMs;
    let reported: Delivery | null = null;
    return {
      isDigest: told.length > 1,
      accepted: () => {
        const unnoticed = owner.dead || reported !== null || this.#time.nowMs - startedMs >= SEND_LIMIT_MS;
        for (const entry of told) {
          if (unnoticed) entry.troubles += 1;
          else owner.pendingUsage.add(entry.message.id);
          this.#accept(entry);
        }
        if (unnoticed) this.#uncounted.add(mail.to);
        if (mail.token === null) this.#countHour(mail.to);
      },
      isReported: (delivery) => {
        reported = delivery;
        if (delivery.accepted) return;
        // Where it was accepted all the same.
        this.losesTrack(owner, told);
        const [only, ...more] = told;
        if (delivery.permanent && only !== undefined && more.length === 0) only.refusedForGood = true;
      },
    };
  }

  /** It was written down that these were accepted. */
  recorded(owner: Invocation, settlements: readonly DeliveryResult[]): void {
    const open = this.#sending.get(owner);
    for (const settlement of settlements) {
      const { id, kind } = settlement;
      open?.delete(id);
      const entry = this.#entries.get(id);
      if (entry !== undefined) {
        entry.leasableFromMs = leasableFrom(settlement);
        entry.unfinished = "unfinished" in settlement ? settlement.unfinished : 0;
        const { to, token } = entry.message;
        if (kind === "retry" && token === null) this.#refusedAtMs.set(to, this.#time.nowMs);
        if (kind === "accepted" && token === null) this.#refusedAtMs.delete(to);
      }
      if (kind === "accepted") owner.pendingUsage.delete(id);
      if (kind === "throttled") this.#counts.add("messages held");
    }
    if (open?.size === 0) this.#sending.delete(owner);
  }

  /** `owner` does not get to record what it has mailed. */
  losesTrack(owner: Invocation, entries = [...owner.pendingUsage].map((id) => this.#entries.get(id))): void {
    for (const entry of entries) {
      if (entry === undefined || !owner.pendingUsage.delete(entry.message.id)) continue;
      entry.troubles += 1;
      this.#uncounted.add(entry.message.to);
    }
  }

  /** Whatever was decided was accepted, or stands where its owner sees it. */
  judge(outbox: readonly OutboxEntry[], isOver: boolean): void {
    const visible = new Map(outbox.map((entry) => [entry.id, entry.state]));
    for (const { message, accepted, refusedForGood } of this.#entries.values()) {
      if (message.token !== null) continue;
      const { id, to, subject, decidedAtMs } = message;
      const state = visible.get(id);
      const named = `"${subject}" to ${to}, decided at ${new Date(decidedAtMs).toISOString()}`;
      if (accepted === 0 && state === undefined) this.violations.push(`${named} is lost`);
      if (!isOver) continue;
      if (accepted === 0) this.#counts.add("messages set aside");
      if (state === "waiting" || state === "throttled") this.violations.push(`${named} is ${state} for ever`);
      const tooOld = this.#time.nowMs - decidedAtMs >= GIVE_UP_AFTER_MS;
      if (state === "failed" && !refusedForGood && !tooOld) {
        this.violations.push(`${named} is set aside without a reason`);
      }
    }
  }

  #beginsWithoutStore(owner: Invocation, mail: Mail): Attempt {
    this.#counts.add("mails without the database");
    if (owner.without === null) this.violations.push(`#${owner.id} mails before it recorded anything`);
    const startedMs = this.#time.nowMs;
    const sent = { mail, isTold: false };
    owner.sentWithout.push(sent);
    return {
      isDigest: false,
      accepted: () => undefined,
      isReported: (delivery) => {
        // An address that is refused for good is not to be asked again.
        const isOver = delivery.accepted || delivery.permanent;
        sent.isTold = isOver && this.#time.nowMs - startedMs < SEND_LIMIT_MS;
      },
    };
  }

  /** The messages that a mail tells, which must be in it. */
  #toldBy(owner: Invocation, mail: Mail): Entry[] {
    const alone = owner.leased.filter((message) => message.id === mail.id);
    const all = owner.leased.filter((message) => message.to === mail.to && message.token === null);
    const messages = alone.length > 0 ? alone : all;
    const parts = messages.flatMap((message) =>
      message.items.map((part) => part.body ?? (message.items.length === 1 ? message.body : "")),
    );
    for (const text of parts.length <= TOLD_IN_FULL ? parts : []) {
      if (!mail.body.includes(text.trimEnd())) {
        this.violations.push(`"${mail.subject}" to ${mail.to} does not tell: ${text}`);
      }
    }
    return messages.flatMap((message) => this.#entries.get(message.id) ?? []);
  }

  #countHour(to: string): void {
    const accepted = [...(this.#accepted.get(to) ?? []), this.#time.nowMs];
    this.#accepted.set(to, accepted);
    const first = accepted.at(-1 - this.#maxMailsPerHour);
    // A late write may bring back the count of before.
    if (first === undefined || this.#uncounted.has(to) || this.#counts.of(LATE) > 0) return;
    this.#counts.add("mails beyond the number of an hour");
    if (this.#time.nowMs - first < HOUR_MS) this.violations.push(`${to} is mailed too much in an hour`);
  }

  #accept(entry: Entry): void {
    entry.accepted += 1;
    this.#counts.add(entry.accepted > 1 ? "messages mailed again" : "messages mailed");
    if (entry.accepted - 1 <= entry.troubles) return;
    this.violations.push(
      `"${entry.message.subject}" to ${entry.message.to} was mailed ${entry.accepted} times, with ${entry.troubles} troubles`,
    );
  }
}

function leasableFrom(settlement: DeliveryResult): number {
  switch (settlement.kind) {
    case "retry":
      return settlement.nextAttemptAtMs;
    case "throttled":
      return settlement.untilMs;
    case "returned":
      return -Infinity;
    default:
      return Infinity;
  }
}
