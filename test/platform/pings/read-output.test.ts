import { afterEach, describe, expect, test, vi } from "vitest";
import { readOutput } from "../../../src/platform/pings/read-output.ts";
import { latin1, units } from "../../support/mail/charsets.ts";
import { cpuMsOf } from "../../support/fuzz/runs.ts";

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
    ["without what steers a terminal or ends a line", ["a\u0000\u0007b\u2028c\u009bd\te"], "a b c d\te"],
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

  test("without a NUL between its letters", async () => {
    expect(await readOutput(streamOf("d\0i\0s\0k\0"))).toBe("disk");
  });

  test("without half a letter at its beginning", async () => {
    const kept = await readOutput(streamOf("💾".repeat(1_500)));
    expect(kept).toBe(`…${"💾".repeat(999)}`);
  });
});

describe("a body", () => {
  test("without end is read no further than 32 MB, and ends with an ellipsis", async () => {
    const world = endless(new TextEncoder().encode("0123456789abcdef".repeat(4096)));
    const kept = await readOutput(world.body);
    expect(kept).toHaveLength(2_000);
    expect(kept).toMatch(/^…[0-9a-f]{1998}…$/);
    expect(world.taken).toBeLessThanOrEqual(33 * 1024 * 1024);
    await vi.waitFor(() => expect(world.cancelled).toBe(true));
  });

  test.each([
    ["a long text", "x".repeat(5_000_000), "…"],
    ["a long text of other letters", "東💾".repeat(400_000), "…"],
    ["white space", "\n".repeat(3_000_000), "…"],
  ])("keeps its last line, which comes after %s", async (_what, long, before) => {
    const kept = await readOutput(streamOf(long, "\ndisk full\n"));
    expect(kept.length).toBeLessThanOrEqual(2_000);
    expect(kept.startsWith(before)).toBe(true);
    expect(kept.split("\n").at(-1)?.replace("…", "")).toBe("disk full");
    expect(kept).not.toContain("\ufffd");
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
    expect(await reading).toBe("half of it…");
  });

  test("that breaks off is taken as far as it came", async () => {
    let pulls = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (pulls++ === 0) controller.enqueue(new TextEncoder().encode("half of it"));
        else controller.error(new Error("connection lost"));
      },
    });
    expect(await readOutput(body)).toBe("half of it…");
  });
});

describe("a text in a charset of its own", () => {
  const LATIN = latin1("Datentr\xe4ger voll");
  const full = "Datenträger voll";

  test.each<[string, string | null, Uint8Array, string]>([
    ["ISO-8859-1", "text/plain; charset=iso-8859-1", LATIN, full],
    ["ISO-8859-1 in quotation marks", `text/plain;Charset = "ISO-8859-1"; format=flowed`, LATIN, full],
    ["ISO-8859-1 in single ones", "text/plain; charset='latin1'", LATIN, full],
    ["windows-1252", "text/plain; charset=Windows-1252", new Uint8Array([0x80, 0x20, 0x93]), "€ “"],
    ["Shift JIS", "text/plain; charset=shift_jis", new Uint8Array([0x93, 0x8c, 0x8b, 0x9e]), "東京"],
    ["UTF-16 by its mark", "text/plain; charset=utf-16", units(`\ufeff${full}`), full],
    ["UTF-16BE by its mark", "text/plain; charset=utf-16", units(`\ufeff${full}`, true), full],
    ["UTF-16 without a mark", "text/plain; charset=UTF-16LE", units(full), full],
    ["UTF-16BE without a mark", "text/plain; charset=utf-16be", units(full, true), full],
    ["UTF-16 that nothing names", null, units("\ufeff東 💾"), "東 💾"],
    ["UTF-16 that another charset is named for", "text/plain; charset=utf-8", units("\ufeff東"), "東"],
    ["UTF-8 by its mark", "text/plain; charset=latin1", new TextEncoder().encode(`\ufeff${full}`), full],
    ["UTF-32 by its mark", null, units(`\ufeff${full}`, false, 4), full],
    ["UTF-32BE by its mark", null, units(`\ufeff${full}`, true, 4), full],
    ["UTF-8 under an unknown name", "text/plain; charset=ebcdic-x", new TextEncoder().encode(full), full],
    ["UTF-8 under no name", "text/plain; charset=", new TextEncoder().encode(full), full],
    ["two letters", null, new TextEncoder().encode("no"), "no"],
  ])("is decoded: %s", async (_what, contentType, bytes, text) => {
    expect(await readOutput(streamOf(bytes), contentType)).toBe(text);
    const single = Array.from(bytes, (byte) => new Uint8Array([byte]));
    expect(await readOutput(streamOf(...single), contentType)).toBe(text);
  });

  test.each([
    ["utf-16le", false, 1],
    ["utf-16be", true, 3],
  ])("keeps whole letters of a long text in %s", async (charset, isBig, size) => {
    const bytes = units(`${"東💾".repeat(20_000)}\ndisk full`, isBig);
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < bytes.length; from += 4096 + size)
      pieces.push(bytes.subarray(from, from + 4096 + size));
    const kept = await readOutput(streamOf(...pieces), `text/plain; charset=${charset}`);
    expect(kept).toMatch(/^…(東|💾)+\ndisk full$/u);
  });
});
