import { afterAll, beforeAll, beforeEach } from "vitest";
import { startHarness, type Checker, type Harness, type WorkerSpec } from "./harness.ts";
import type { SentMail } from "../mail/mailbox.ts";
import { startSteering, type Steering } from "./steering.ts";

/** The Workers of one test file. Every test finds empty databases, no mail and nothing set. */
export interface Suite {
  /** Where the first Worker is reached over real HTTP. */
  readonly url: string;
  readonly steering: Steering;
  /** The one named so, or the first. */
  checker(name?: string): Checker;
  /** Mail that was accepted since the last call, oldest first. */
  mails(): Promise<readonly SentMail[]>;
  logs(): string;
}

/** @param specs called once everything that a test file starts in its own hooks before is there */
export function useWorkers(specs: () => readonly WorkerSpec[]): Suite {
  let steering: Steering;
  let harness: Harness;
  const touched = new Set<Checker>();

  beforeAll(async () => {
    steering = await startSteering();
    const steered = specs().map((spec) => ({ ...spec, vars: { STEERING: steering.address, ...spec.vars } }));
    harness = await startHarness(...steered);
  });

  beforeEach(async () => {
    steering.reset();
    for (const checker of touched) await checker.reset();
    touched.clear();
    await harness.mailbox.collect();
  });

  afterAll(async () => {
    await harness.close();
    await steering.close();
  });

  return {
    get url() {
      return harness.url;
    },
    get steering() {
      return steering;
    },
    checker(name) {
      const found = harness.checkers.find((one) => name === undefined || one.name === name);
      if (found === undefined) throw new Error(`there is no Worker ${name}`);
      touched.add(found);
      return found;
    },
    mails: () => harness.mailbox.collect(),
    logs: () => harness.logs(),
  };
}

/** What Workers here have as ADMIN_TOKEN where they have one. */
export const ADMIN_TOKEN = "a-secret-of-the-owner";

/** The word at /status and, as only the owner learns, why: `MailProblem: …`. */
export async function statusOf(checker: Checker): Promise<string> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
  const answer = await checker.fetch("/admin/report", { headers });
  const { status } = await answer.json<{ status: { status: string; reason: string } }>();
  const word = await checker.status();
  return word === status.status
    ? `${word}: ${status.reason}`
    : `${word}, but the admin sees ${status.status}`;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const NOW_HOURS = Math.floor(Date.now() / HOUR);
/**
 * The start of this hour, ms, or of the one before where noon or midnight is less than an hour away: tests go on
 * for more than an hour, and mean no slot of a day. The Worker's clock follows its events.
 */
export const BASE = (NOW_HOURS % 12 === 11 ? NOW_HOURS - 1 : NOW_HOURS) * HOUR;

/** As people read it: `2026-11-23 01:40 UTC`. */
export function utc(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
