import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/core/outcome.ts";
import { probeHttp } from "../../src/probes/http/http-probe.ts";
import { PEER_TIMEOUT_MS, probePeer, type PeerAnswer } from "../../src/probes/http/peer-probe.ts";
import { fakeContext, fakeSocket, never } from "../support/fakes/ports.ts";
import { joined, toLatin1 } from "../support/fuzz/bytes.ts";
import {
  answerOf,
  bodies,
  locations,
  SECRET,
  statuses,
  TakenChunks,
  thrown,
  type HostileAnswer,
  type HostileBody,
} from "../support/fuzz/http.ts";
import { fuzz, FUZZ, isOneLine } from "../support/fuzz/runs.ts";

const URL_OF_TARGET = "https://a.example/status";
const TIMEOUT_MS = 10_000;
/** What follows a failed fetch: at most four attempts to connect, and three requests where it redirects to. */
const FURTHER_LOOKS_MS = 21_000;
/** With the names of three hosts that redirect. */
const LONGEST_REASON = 600;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

type Fetch = () => Promise<Response>;

/** Fails when the probe has not ended by its own limit. */
async function within<T>(limitMs: number, probing: Promise<T>): Promise<T> {
  const late = Symbol("late");
  let result: T | typeof late = late;
  const done = probing.then((value) => (result = value));
  done.catch(() => (result = null as T));
  await vi.advanceTimersByTimeAsync(limitMs);
  if ((result as unknown) === late) throw new Error(`has not ended after ${limitMs} ms`);
  return done;
}

function ask(fetch: Fetch, expectedStatuses: readonly number[] = [200], opens = true): Promise<Outcome> {
  const target = { url: URL_OF_TARGET, method: "GET", headers: {}, expectedStatuses, timeoutMs: TIMEOUT_MS };
  const connect = () => ({ ...fakeSocket(opens ? Promise.resolve() : never()), close: () => never<void>() });
  return within(TIMEOUT_MS + FURTHER_LOOKS_MS, probeHttp(target, fakeContext({ fetch, connect })));
}

function askPeer(fetch: Fetch, opens = true): Promise<PeerAnswer> {
  const connect = () => ({ ...fakeSocket(opens ? Promise.resolve() : never()), close: () => never<void>() });
  return within(
    PEER_TIMEOUT_MS + FURTHER_LOOKS_MS,
    probePeer(URL_OF_TARGET, fakeContext({ fetch, connect })),
  );
}

function isOutcome({ status, reason }: Outcome): boolean {
  return /^(up|down|inconclusive)$/.test(status) && isOneLine(reason, LONGEST_REASON);
}

function isAnswer({ status, reason }: PeerAnswer): boolean {
  return /^(well|mail|jobs|silent|not checkable)$/.test(status) && isOneLine(reason, LONGEST_REASON);
}

describe("whatever a server answers", () => {
  test("it is up exactly when its status is expected, and told in one line", FUZZ, async () => {
    const expected = fc.constantFrom<readonly number[]>([200], [204, 301], [404, 500, 530]);
    await fuzz(
      1_500,
      fc.asyncProperty(statuses, bodies, expected, async (status, body, expectedStatuses) => {
        const taken = new TakenChunks();
        const outcome = await ask(async () => answerOf({ status, body }, taken), expectedStatuses);
        expect(outcome).toSatisfy(isOutcome);
        expect(outcome.status === "up").toBe(expectedStatuses.includes(status));
        expect(taken.count).toBeLessThan(1_000);
      }),
    );
  });

  test(
    "a peer is well exactly when it says True, with a line end at most, and status 200",
    FUZZ,
    async () => {
      await fuzz(
        2_000,
        fc.asyncProperty(statuses, bodies, async (status, body) => {
          const taken = new TakenChunks();
          const answer = await askPeer(async () => answerOf({ status, body }, taken));
          expect(answer).toSatisfy(isAnswer);
          expect(answer.status === "well").toBe(status === 200 && saysTrue(body));
          expect(taken.count).toBeLessThan(1_000);
        }),
      );
    },
  );

  /** By the bytes: a text might have lost some of them. */
  function saysTrue(body: HostileBody | null): boolean {
    const all = toLatin1(joined(body?.chunks ?? []));
    return body?.end === "ends" && ["True", "True\n", "True\r\n"].includes(all);
  }
});

describe("whatever a fetch throws", () => {
  /** Fails, and then answers those who look where it redirects to. */
  function failing(error: unknown, later: HostileAnswer): Fetch {
    let asked = 0;
    return async () => {
      asked += 1;
      // oxlint-disable-next-line typescript/only-throw-error -- that it may be none is the point
      if (asked === 1) throw error;
      return answerOf(later, new TakenChunks());
    };
  }

  test("is a failure or a limit of ours, told in one line without a secret", FUZZ, async () => {
    const later = fc.record({
      status: fc.constantFrom(200, 301, 302, 307),
      body: bodies,
      location: locations,
    });
    await fuzz(
      600,
      fc.asyncProperty(thrown, fc.boolean(), later, async (error, opens, answer) => {
        const outcome = await ask(failing(error, answer), [200], opens);
        expect(outcome).toSatisfy(isOutcome);
        expect(outcome.status).not.toBe("up");
        const peer = await askPeer(failing(error, answer), opens);
        expect(peer).toSatisfy(isAnswer);
        expect(peer.status).toMatch(/^(silent|not checkable)$/);
        expect(outcome.reason + peer.reason).not.toContain(SECRET);
      }),
    );
  });
});
