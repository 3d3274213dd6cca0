import { describe, expect, test } from "vitest";
import { FAILED_WITHOUT_CODE, parsePingKind, type Ping } from "../../src/heartbeats/ping.ts";

const START: Ping["kind"] = { kind: "start" };
const LOG: Ping["kind"] = { kind: "log" };
const end = (code: number): Ping["kind"] => ({ kind: "end", code });

describe("what stands after the key", () => {
  test.each([
    ["", end(0)],
    ["success", end(0)],
    ["start", START],
    ["fail", end(FAILED_WITHOUT_CODE)],
    ["log", LOG],
    ["0", end(0)],
    ["1", end(1)],
    ["137", end(137)],
    ["255", end(255)],
  ])("as %j is understood", (text, signal) => {
    expect(parsePingKind(text)).toEqual(signal);
  });

  test.each(["256", "-1", "1.5", "01", "00", "1e2", " 1", "0x1", "START", "finish", "٣", "9".repeat(400)])(
    "as %j is not",
    (text) => {
      expect(parsePingKind(text)).toBeNull();
    },
  );
});
