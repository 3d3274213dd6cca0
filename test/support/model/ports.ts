/** The ports of domain/ports.ts, each call of which waits for the model's world to answer. */
import type { MemoryStore } from "../memory-store/store.ts";
import { down, up, type Outcome } from "../../../src/core/outcome.ts";
import type { Delivery, Mail } from "../../../src/mail/message.ts";
import type { Network } from "../../../src/core/ports.ts";
import { DatabaseError } from "../../../src/core/database-error.ts";
import { ACCEPTED, fakeNetwork, refused } from "../fakes/ports.ts";
import type { Calls } from "./calls.ts";
import type { MailBook } from "./mail.ts";
import type { Invocation } from "./parts.ts";
import type { ModelTime } from "./time.ts";
import type { Witness } from "./witness.ts";
import type { Mailer } from "../../../src/mail/ports.ts";
import type { TickView } from "../../../src/scheduling/ports.ts";
import type { Store } from "../../../src/storage/store.ts";

/** What all attempts of D1Store at one call take at most, ms. */
const STORE_LIMIT_MS = 31_000;
/** What probeReference takes at most, ms. */
const REFERENCE_LIMIT_MS = 10_000;

/** Made once: an error is costly for its stack. */
const WANTED = new Error("the model wants it so");

export interface World {
  readonly time: ModelTime<Invocation>;
  readonly calls: Calls;
  readonly witness: Witness;
  readonly book: MailBook;
}

export function ownerOf({ time }: World): Invocation {
  if (time.owner === undefined) throw new Error("nobody runs");
  return time.owner;
}

/** @param reading by the invocation that runs now */
export async function seesUnreached(world: World, reading: Promise<TickView>): Promise<TickView> {
  const { owner } = world.time;
  const view = await reading;
  if (owner !== undefined) owner.unreached = view.undelivered;
  return view;
}

/** A MemoryStore behind an unreliable line. */
export function hostileStore(world: World, inner: MemoryStore): Store {
  const { calls, witness } = world;
  const ask = <T>(what: string, does: () => Promise<T>): Promise<T> => {
    if (world.time.owner === undefined) return does();
    const fails = (): never => {
      throw new DatabaseError(WANTED);
    };
    return calls.ask<T>({ port: "store", what, does, fails, limitMs: STORE_LIMIT_MS });
  };
  return {
    claim: (...args) => ask("claims", () => inner.claim(...args)),
    repairClaims: (...args) => ask("looks for damaged claims", () => inner.repairClaims(...args)),
    readTick: (...args) =>
      seesUnreached(
        world,
        ask("reads", () => inner.readTick(...args)),
      ),
    commit: (commit) => {
      const owner = ownerOf(world);
      return ask("commits", async () => {
        const result = await inner.commit(commit);
        if (result === "committed") witness.committed(owner, commit);
        return result;
      });
    },
    recentLoopbacks: (...args) => ask("reads probes", () => inner.recentLoopbacks(...args)),
    receiveLoopback: (...args) => ask("receives a probe", () => inner.receiveLoopback(...args)),
    leaseMessages: (...args) => ask("leases messages", () => inner.leaseMessages(...args)),
    leaseSuspect: (...args) => ask("leases a suspect", () => inner.leaseSuspect(...args)),
    recordDeliveries: (...args) => ask("records deliveries", () => inner.recordDeliveries(...args)),
    findAccepted: (...args) => ask("looks for accepted mail", () => inner.findAccepted(...args)),
    failAccepted: (...args) => ask("records bounces", () => inner.failAccepted(...args)),
    readOutbox: (...args) => ask("reads the outbox", () => inner.readOutbox(...args)),
    readMessage: (...args) => ask("reads a message", () => inner.readMessage(...args)),
    readWaitingRecipients: (...args) => ask("reads recipients", () => inner.readWaitingRecipients(...args)),
    readStatus: () => ask("reads the status", () => inner.readStatus()),
    readInstance: () => ask("reads all of itself", () => inner.readInstance()),
    readDecisionLog: (...args) => ask("reads why", () => inner.readDecisionLog(...args)),
    readAuditLog: (...args) => ask("reads actions", () => inner.readAuditLog(...args)),
    act: (...args) => ask("acts", () => inner.act(...args)),
    prune: (...args) => ask("prunes", () => inner.prune(...args)),
    recentTicks: (...args) => ask("reads ticks", () => inner.recentTicks(...args)),
    recentGaps: (...args) => ask("reads gaps", () => inner.recentGaps(...args)),
    readReport: (...args) => ask("reads the report", () => inner.readReport(...args)),
  };
}

/** Keeps the books of what an invocation is told by the store. */
export function watchedStore(world: World, inner: Store): Store {
  const { book, calls, witness } = world;
  const [claim, commit] = [inner.claim.bind(inner), inner.commit.bind(inner)];
  const [lease, settle] = [inner.leaseMessages.bind(inner), inner.recordDeliveries.bind(inner)];
  const leaseSuspect = inner.leaseSuspect.bind(inner);
  return Object.assign(inner, {
    async claim(...args: Parameters<Store["claim"]>) {
      const slots = await claim(...args);
      witness.ledger.claimed(slots, args[1]);
      return slots;
    },
    async commit(...args: Parameters<Store["commit"]>) {
      const result = await commit(...args);
      calls.counts.add(result === "committed" ? "commits" : "conflicts");
      if (result === "conflict") calls.tell(`#${ownerOf(world).id} came too late to commit`);
      return result;
    },
    async leaseMessages(...args: Parameters<Store["leaseMessages"]>) {
      const owner = ownerOf(world);
      const leased = await book.seesLease(lease(...args));
      book.leased(owner, leased.messages, args[0]);
      book.leavesNobodyOut(leased.messages, args[2]);
      return leased;
    },
    async leaseSuspect(...args: Parameters<Store["leaseSuspect"]>) {
      const owner = ownerOf(world);
      const leased = await book.seesLease(leaseSuspect(...args));
      if (leased.messages.length > 0) book.leased(owner, leased.messages, args[0]);
      return leased;
    },
    async recordDeliveries(...args: Parameters<Store["recordDeliveries"]>) {
      const owner = ownerOf(world);
      try {
        await settle(...args);
      } catch (error) {
        book.losesTrack(owner);
        book.isUnsureOf(args[0].map(({ id }) => id));
        throw error;
      }
      book.recorded(owner, args[0]);
    },
  });
}

export function hostileMailer(world: World): Mailer {
  const { calls, book } = world;
  return {
    async send(mail: Mail): Promise<Delivery> {
      const attempt = book.begins(ownerOf(world), mail);
      const delivery = await calls.ask<Delivery>({
        port: attempt.isDigest ? "digest" : "mail",
        what: `mails ${mail.to}: ${mail.subject}`,
        does: () => {
          attempt.accepted();
          return ACCEPTED;
        },
        fails: () => refused(),
        refuses: () => refused("E_RECIPIENT_NOT_ALLOWED", "not that one", true),
      });
      attempt.isReported(delivery);
      return delivery;
    },
  };
}

export function hostileNetwork({ calls }: World): Network {
  return fakeNetwork({
    fetch: () =>
      calls.ask<Response>({
        port: "network",
        what: "fetches",
        does: () => new Response(null),
        fails: () => Promise.reject(new Error("connection refused")),
      }),
  });
}

export function hostileReference(world: World): () => Promise<Outcome> {
  return async () => {
    const outcome = await world.calls.ask<Outcome>({
      port: "reference",
      what: "asks a reference target",
      does: () => up("HTTP 204"),
      fails: () => down("no answer"),
      limitMs: REFERENCE_LIMIT_MS,
    });
    ownerOf(world).references.push(outcome.status);
    return outcome;
  };
}
