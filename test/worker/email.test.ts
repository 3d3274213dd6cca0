import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Platform } from "../../src/platform/platform.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { handleEmail } from "../../src/worker/email.ts";
import { FakeClock, fakeNetwork, FakeRandom, never } from "../support/fakes/ports.ts";
import { brokenBody, bytes, silentBody, watchedBody } from "../support/fakes/http.ts";

const PLATFORM: Platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };
const MARK = `checker-loopback-${"0123456789abcdef".repeat(2)}`;
const PROBE = bytes(`From: checker@example.com\r\nSubject: ${MARK}\r\n\r\nhello\r\n`);
const STRANGER = bytes("From: someone@example.net\r\nSubject: hi\r\n\r\nhello\r\n");

/** What the database says when it is asked for a token. */
type Answer = () => Promise<unknown>;
const proven: Answer = () => Promise.resolve({ meta: { changes: 1 }, results: [] });

function bindings(run: Answer = proven, vars: Readonly<Record<string, unknown>> = {}): Bindings {
  const statement = { bind: () => statement, run, first: () => Promise.resolve(null) };
  return {
    DB: { prepare: () => statement } as unknown as D1Database,
    EMAIL: {} as SendEmail,
    SERVER_NAME: "checker",
    ALERT_CONTACT: "ops@example.com",
    MAIL_FROM: "checker@example.com",
    ...vars,
  };
}

interface Message {
  readonly message: ForwardableEmailMessage;
  /** Reasons for which it was refused for good. */
  readonly refusals: readonly string[];
}

function message(raw: ReadableStream<Uint8Array>, rawSize = 1_000): Message {
  const refusals: string[] = [];
  const setReject = (reason: string): number => refusals.push(reason);
  return {
    message: {
      from: "bounces@cf-bounce.example.com",
      raw,
      rawSize,
      setReject,
    } as unknown as ForwardableEmailMessage,
    refusals,
  };
}

/** How a message ends: taken, refused for good, or refused for now with what Cloudflare logs. */
async function received(
  raw: ReadableStream<Uint8Array>,
  env = bindings(),
  rawSize?: number,
): Promise<string> {
  const one = message(raw, rawSize);
  const thrown = await handleEmail(one.message, env, PLATFORM).then(
    () => [],
    (error: unknown) => [`for now: ${(error as Error).message}`],
  );
  // Never both.
  return [...one.refusals.map((reason) => `for good: ${reason}`), ...thrown].join(", and ") || "taken";
}

function whole(raw: Uint8Array): ReadableStream<Uint8Array> {
  return watchedBody([raw]).stream;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a message", () => {
  test("that brings a probe back is taken", async () => {
    expect(await received(whole(PROBE))).toBe("taken");
  });

  test("of a stranger is refused for good, and the database is not asked", async () => {
    const env = bindings(() => Promise.reject(new Error("asked")));
    expect(await received(whole(STRANGER), env)).toBe("for good: this address takes no mail");
  });

  test("that says that it is too large is refused for good, unread", async () => {
    const body = watchedBody({ endless: bytes("x") });
    expect(await received(body.stream, bindings(), 300_000)).toBe("for good: this message is too large");
    await vi.waitFor(() => expect(body.cancelled()).toBe(true));
    expect(body.read()).toBe(0);
  });

  test("without an end is refused for good as soon as it is too large, whatever it says of its size", async () => {
    const body = watchedBody({ endless: bytes("x".repeat(1024)) });
    expect(await received(body.stream, bindings(), 1)).toBe("for good: this message is too large");
    await vi.waitFor(() => expect(body.cancelled()).toBe(true));
    expect(body.read()).toBe(257 * 1024);
  });
});

describe("a message is refused for now, so that its sender tries again,", () => {
  test("when the settings of this instance are invalid", async () => {
    const env = bindings(proven, { ALERT_CONTACT: "nobody" });
    expect(await received(whole(PROBE), env)).toBe(
      "for now: settings are invalid, so no mail is taken at present",
    );
  });

  test("when its connection breaks", async () => {
    expect(await received(brokenBody())).toBe("for now: Network connection lost.");
  });

  test("when nothing of it comes within 10 s", async () => {
    vi.useFakeTimers();
    const reception = received(silentBody());
    await vi.advanceTimersByTimeAsync(9_999);
    expect(await soFar(reception)).toBe("under way");
    await vi.advanceTimersByTimeAsync(1);
    expect(await soFar(reception)).toBe("for now: the message was not read within 10 s");
  });

  test("when it comes so slowly that it has not ended within 10 s, and its stream is let go", async () => {
    vi.useFakeTimers();
    let cancelled = false;
    let sent = 0;
    const dripping = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        sent += 1;
        controller.enqueue(bytes("x"));
      },
      cancel() {
        cancelled = true;
      },
    });
    const reception = received(dripping);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await soFar(reception)).toBe("for now: the message was not read within 10 s");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(cancelled).toBe(true);
    expect(sent).toBe(20);
  });

  test("when the database does not answer within 10 s", async () => {
    vi.useFakeTimers();
    const reception = received(whole(PROBE), bindings(never));
    await vi.advanceTimersByTimeAsync(9_000);
    expect(await soFar(reception)).toBe("under way");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await soFar(reception)).toBe("for now: the database did not answer within 10 s");
  });

  test("when the database fails", async () => {
    const env = bindings(() => Promise.reject(new Error("D1_ERROR: no such table: loopback")));
    expect(await received(whole(PROBE), env)).toBe(
      "for now: DatabaseError: the database does not answer: D1_ERROR: no such table: loopback",
    );
  });
});

test("what escapes, and is logged by Cloudflare, holds no address, no token and no cause", async () => {
  const env = bindings(() =>
    Promise.reject(
      new Error(`D1_ERROR: near ops@example.com\n    at ${MARK}`, {
        cause: new Error("from someone@example.net"),
      }),
    ),
  );
  const thrown: unknown = await handleEmail(message(whole(PROBE)).message, env, PLATFORM).catch(
    (error: unknown) => error,
  );
  expect((thrown as Error).message).toBe(
    "DatabaseError: the database does not answer: D1_ERROR: near [address] at checker-loopback-[token]",
  );
  expect(inspect(thrown, { depth: 10, showHidden: true })).not.toMatch(/ops@|someone@|0123456789/);
});

/** What a promise has come to by now. */
function soFar(promise: Promise<string>): Promise<string> {
  return Promise.race([promise, Promise.resolve("under way")]);
}
