import { PassThrough } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { readLines } from "../../../scripts/setup/line-reader.ts";

function reader(isTerminal: boolean) {
  const input = new PassThrough();
  const output = new PassThrough();
  const shown = { text: "" };
  output.setEncoding("utf8").on("data", (part: string) => (shown.text += part));
  return { input, shown, lines: readLines(input, output, isTerminal) };
}

describe("lines of a pipe", () => {
  test("are answers one by one, though they come at once, and are shown", async () => {
    const { input, shown, lines } = reader(false);
    input.end("one\ntwo\nsecret\nlast");
    expect(await lines.ask("a ")).toEqual({ line: "one" });
    expect(await lines.ask("b ")).toEqual({ line: "two" });
    expect(await lines.ask("c ", true)).toEqual({ line: "secret" });
    await setImmediate();
    expect(await lines.ask("d ")).toEqual({ line: "last" });
    expect(await lines.ask("e ")).toBe("ended");
    expect(await lines.ask("f ")).toBe("ended");
    expect(shown.text).toBe("a one\nb two\nc \nd last\ne \nf \n");
  });

  test("end with the pipe, also while one is waited for", async () => {
    const { input, lines } = reader(false);
    const asked = lines.ask("a ");
    input.end();
    expect(await asked).toBe("ended");
  });
});

describe("lines of a terminal", () => {
  test("are edited as they are typed", async () => {
    const { input, lines } = reader(true);
    const asked = lines.ask("a ");
    input.write("onne\u007F\u007Fe\r");
    expect(await asked).toEqual({ line: "one" });
    lines.close();
  });

  test.each([
    ["\u0003", "interrupted"],
    ["\u0004", "ended"],
  ] as const)("end with %j: %s", async (key, ended) => {
    const { input, lines } = reader(true);
    const asked = lines.ask("a ");
    input.write(key);
    expect(await asked).toBe(ended);
    expect(await lines.ask("b ")).toBe(ended);
  });
});
