import { afterEach, describe, expect, test, vi } from "vitest";
import { readOutput } from "../../../src/adapters/pings/read-output.ts";
import { cpuMsOf } from "../../support/fuzz-runs.ts";

afterEach(() => {
  vi.useRealTimers();
});

function streamOf(...pieces: readonly (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces)
        controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      controller.close();
    },
  });
}

/** A body without end, and how much of it was asked for. */
function endless(piece: Uint8Array): {
  readonly body: ReadableStream<Uint8Array>;
  taken: number;
  cancelled: boolean;
} {
  const world = {
    taken: 0,
    cancelled: false,
    body: new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          world.taken += piece.byteLength;
          controller.enqueue(piece.slice());
        },
        cancel() {
          world.cancelled = true;
        },
      },
      { highWaterMark: 0 },
    ),
  };
  return world;
}

describe("what some work printed is kept", () => {
  test.each<[string, readonly (string | Uint8Array)[], string]>([
    ["as it is, but for white space around it", ["\n copying a\n", "copying b\n\n"], "copying a\ncopying b"],
    ["with lines that end in any way", ["a\r\nb\rc\nd"], "a\nb\nc\nd"],
    ["without the colours of a terminal", ["\u001b[1;31mno space\u001b[0m left"], "no space left"],
    ["without what steers a terminal or ends a line", ["a\u0000b\u0007c\u2028d\u009be\tf"], "a b c d e\tf"],
    ["where it is no UTF-8", [new Uint8Array([0x61, 0xff, 0xfe, 0x62])], "a\ufffd\ufffdb"],
    ["where a letter comes in two pieces", [new Uint8Array([0xe6, 0x9d]), new Uint8Array([0xb1])], "東"],
    ["as nothing where there is nothing", [" \n\u0000 "], ""],
  ])("%s", async (_how, pieces, text) => {
    expect(await readOutput(streamOf(...pieces))).toBe(text);
  });

  test("as nothing where there is no body", async () => {
    expect(await readOutput(null)).toBe("");
  });

  test("to 2000 characters, the last ones", async () => {
    const long = Array.from({ length: 9_000 }, (_, line) => `line ${line}`).join("\n");
    const kept = await readOutput(streamOf(...(long.match(/[^]{1,700}/g) ?? [])));
    expect(kept).toBe(`…${long.slice(-1_999)}`);
    expect(await readOutput(streamOf("x".repeat(2_000)))).toBe("x".repeat(2_000));
  });

  test("without half a letter at its beginning", async () => {
    const kept = await readOutput(streamOf("💾".repeat(1_500)));
    expect(kept).toBe(`…${"💾".repeat(999)}`);
  });
});

describe("a body", () => {
  test("without end is read no further than 1 MB, which is said", async () => {
    const world = endless(new TextEncoder().encode("0123456789abcdef".repeat(64)));
    const kept = await readOutput(world.body);
    expect(kept).toHaveLength(2_000);
    expect(kept.split("\n")[1]).toBe("(There is more, which was not read.)");
    expect(world.taken).toBeLessThanOrEqual(1026 * 1024);
    await vi.waitFor(() => expect(world.cancelled).toBe(true));
  });

  test("of one piece of ten megabytes costs little time", async () => {
    const piece = new Uint8Array(10_000_000).fill(0x61);
    const cpuMs = await cpuMsOf(async () => {
      expect(await readOutput(streamOf(piece))).toHaveLength(2_000);
    });
    expect(cpuMs).toBeLessThan(100);
  });

  test("of empty pieces without end ends", async () => {
    expect(await readOutput(endless(new Uint8Array(0)).body)).toBe("");
  });

  test("that stops coming is taken after five seconds as far as it came", async () => {
    vi.useFakeTimers();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("half of it")),
    });
    const reading = readOutput(body);
    await vi.advanceTimersByTimeAsync(4_900);
    await expect(Promise.race([reading, Promise.resolve("waits")])).resolves.toBe("waits");
    await vi.advanceTimersByTimeAsync(200);
    expect(await reading).toBe("half of it\n(There is more, which was not read.)");
  });

  test("that breaks off is taken as far as it came", async () => {
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(new TextEncoder().encode("half of it"));
        else controller.error(new Error("connection lost"));
      },
    });
    expect(await readOutput(body)).toBe("half of it\n(There is more, which was not read.)");
  });
});
