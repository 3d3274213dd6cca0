import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { heartbeatOf, pingAddress, pingKey } from "../../../src/platform/pings/ping-key.ts";
import { jobId } from "../../../src/core/job-id.ts";

const SECRET = "a secret of the owner, and a long one";
const BACKUP = `Heartbeats["backup"]`;

describe("the key of a heartbeat", () => {
  test("names it, and proves with half an HMAC that the secret's owner gave it out", async () => {
    const id = jobId(BACKUP);
    const proof = createHmac("sha256", SECRET).update(`checker ping ${id}`).digest("hex").slice(0, 32);
    expect(await pingKey(SECRET, BACKUP)).toBe(id + proof);
    expect(await heartbeatOf(id + proof, [SECRET])).toBe(id);
  });

  test("is another one with another secret, and for another heartbeat", async () => {
    const keys = await Promise.all([
      pingKey(SECRET, BACKUP),
      pingKey(`${SECRET}!`, BACKUP),
      pingKey(SECRET, `Heartbeats["sync"]`),
    ]);
    expect(new Set(keys.map((key) => key.slice(-32))).size).toBe(3);
  });

  test("is known by either secret while one is replaced, and by neither afterwards", async () => {
    const key = await pingKey(SECRET, BACKUP);
    const next = "the secret that comes after the first one";
    expect(await heartbeatOf(key, [next, SECRET])).toBe(jobId(BACKUP));
    expect(await heartbeatOf(await pingKey(next, BACKUP), [next, SECRET])).toBe(jobId(BACKUP));
    expect(await heartbeatOf(key, [next])).toBeNull();
    expect(await heartbeatOf(key, [])).toBeNull();
  });

  test("is refused with any one character changed, left out or added", async () => {
    const key = await pingKey(SECRET, BACKUP);
    const changed = Array.from(
      key,
      (char, at) => key.slice(0, at) + (char === "0" ? "1" : "0") + key.slice(at + 1),
    );
    for (const wrong of [
      ...changed,
      key.slice(1),
      key.slice(0, -1),
      `${key}0`,
      key.toUpperCase(),
      "",
      "x".repeat(46),
    ]) {
      expect([wrong, await heartbeatOf(wrong, [SECRET])]).toEqual([wrong, null]);
    }
  });

  test("stands in an address, however its origin is written", async () => {
    const key = await pingKey(SECRET, BACKUP);
    for (const origin of ["https://checker.example", "https://checker.example/"]) {
      expect(await pingAddress(origin, SECRET, BACKUP)).toBe(`https://checker.example/ping/${key}`);
    }
  });
});
