import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { logError, loggable, logWarning, redact } from "../../src/platform/log.ts";

const HEX = "0123456789abcdef";
const JWT = `${btoa(`{"alg":"RS256"}`)}.${btoa(`{"email":"a@b.example"}`)}.c2lnbmF0dXJl`.replaceAll("=", "");

afterEach(() => {
  vi.restoreAllMocks();
});

describe("a line of the log", () => {
  test.each<[string, string, string]>([
    ["no mail address", "no mail for ops@example.com: refused", "no mail for [address]: refused"],
    [
      "no mail address in brackets",
      `to <a.b+c@mail.example.co.uk>, (x@y.example)`,
      "to <[address]>, ([address])",
    ],
    ["no mail address in JSON", `{"to":"ops@example.com"}`, `{"to":"[address]"}`],
    ["no mail address of a mailto", "mailto:ops@example.com?subject=hi", "mailto:[address]"],
    ["no mail address in a path", "GET /for/ops@example.com/x", "GET /for/[address]/x"],
    ["no mail address in a path's own letters", "GET /for/ops%40example.com", "GET /for/[address]"],
    ["no mail address with other letters", "für zoë@müller.example", "für [address]"],
    ["no bearer token", "authorization: Bearer abc.DEF-123, x", "authorization: Bearer [secret], x"],
    [
      "no password of basic authentication",
      "authorization: basic dXNlcjpwdw==",
      "authorization: basic [secret]",
    ],
    ["no assertion", `invalid JWT token: ${JWT}`, "invalid JWT token: [token]"],
    [
      "no assertion without its signature",
      `invalid JWT token: ${JWT.slice(0, JWT.lastIndexOf("."))}`,
      "invalid JWT token: [token]",
    ],
    ["no token of ours", `checker-loopback-${HEX}${HEX} is lost`, "checker-loopback-[token] is lost"],
    ["no token in capitals", `${HEX}${HEX}`.toUpperCase(), "[token]"],
    ["no longer token", `token=${HEX.repeat(4)}`, "token=[token]"],
    ["no user of a URL", "https://user@host.example/x failed", "https://host.example/x failed"],
    ["no password of a URL", "https://user:p@ss:w@host.example:8443/x", "https://host.example:8443/x"],
    [
      "no query of a URL",
      "https://host.example/x?token=abc&y failed",
      "https://host.example/x?[query] failed",
    ],
    ["no query of a URL without a path", "https://host.example?token=abc", "https://host.example?[query]"],
    ["no fragment of a URL", "https://host.example/x#access_token=abc", "https://host.example/x?[query]"],
    ["no query of a path", "GET /admin/report?token=abc: 401", "GET /admin/report?[query] 401"],
    ["no end of a line", "a\r\nb\nc\u2028d", "a b c d"],
    ["no other control", "a\u0000b\u001b[31mc", "a b [31mc"],
  ])("holds %s", (_what, text, line) => {
    expect(redact(text)).toBe(line);
  });

  test.each([
    "D1_ERROR: no such table: loopback: SQLITE_ERROR",
    "GET /admin/report: TypeError: Cannot read properties of undefined (reading 'x')",
    "the peer gave no answer: answered HTTP 500 instead of 200",
    "id 0123456789abcdef, 31 digits: 0123456789abcdef0123456789abcde",
    "node_modules/@scope/package, 50 % @ noon, is it? yes",
  ])("says all the rest as it is: %s", (text) => {
    expect(redact(text)).toBe(text);
  });

  test("is at most 1000 characters long", () => {
    expect(redact("x y ".repeat(2_000))).toBe(`${"x y ".repeat(249)}x y…`);
  });

  test("holds no half of a secret where it is cut", () => {
    // All before it shrinks to a few letters, so that what stands at the cut is in the line.
    for (const secret of ["first.last@example.com", `${HEX}${HEX}`, "https://user:secret@host.example/"]) {
      for (let before = 7_960; before < 7_999; before++) {
        const line = redact(`https://h/?${"q".repeat(before - 11)} ${secret} and more`);
        expect(line).toMatch(/^https:\/\/h\/\?\[query\] /);
        expect(line).not.toMatch(/first|0123|user|secret/);
      }
    }
  });

  test.each([
    ["letters", "a".repeat(1_000_000)],
    ["at signs", "@".repeat(1_000_000)],
    ["addresses", "a@".repeat(500_000)],
    ["letters and a blank", `${"a".repeat(7_990)} ${"b".repeat(990_000)}`],
    ["addresses of URLs", "a://".repeat(250_000)],
    ["paths", "/a".repeat(500_000)],
    ["question marks", "/?".repeat(500_000)],
    ["starts of assertions", "eyJ.".repeat(250_000)],
    ["digits", "0".repeat(1_000_000)],
    ["bearers", "bearer ".repeat(150_000)],
  ])("takes no time to make from a million %s", (_what, text) => {
    const startedMs = performance.now();
    redact(text);
    // Whole, and cut: what is looked through is the same for all that is longer.
    for (let i = 0; i < 30; i++) for (const length of [7_999, 8_100]) redact(text.slice(0, length));
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });

  test("goes to the console as an error or as a warning, and as nothing but a text", () => {
    const error = vi.spyOn(console, "error").mockReturnValue();
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    logError("ops@example.com\nis wrong");
    logWarning("ops@example.com\nis odd");
    expect(error.mock.calls).toEqual([["[address] is wrong"]]);
    expect(warn.mock.calls).toEqual([["[address] is odd"]]);
  });
});

describe("an exception that escapes", () => {
  test("has the message of what was thrown as a line of the log, and where it came from", () => {
    const thrown = new TypeError("no mail for ops@example.com\nat all");
    const error = loggable(thrown);
    expect(error.message).toBe("TypeError: no mail for [address] at all");
    const [head, first] = error.stack?.split("\n") ?? [];
    expect(head).toBe("Error: TypeError: no mail for [address] at all");
    expect(first).toMatch(/^ {4}at .*log\.test\.ts:\d+:\d+\)?$/);
  });

  test("has neither a cause, nor errors, nor any other property that would be logged with it", () => {
    const inner = new Error("s3cret", { cause: "ops@example.com" });
    const thrown = Object.assign(new AggregateError([inner], "two things failed", { cause: inner }), {
      request: { authorization: "s3cret" },
    });
    const error = loggable(thrown);
    expect(error.message).toBe("AggregateError: two things failed");
    expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/s3cret|ops@/);
  });

  test("has no line of a message that looks like a place in the code as it is", () => {
    const error = loggable(new Error(`odd\n    at ops@example.com (${HEX}${HEX})`));
    expect(error.stack).not.toMatch(/ops@|0123/);
  });

  test("has at most 15 places", () => {
    const thrown = new Error("deep");
    thrown.stack = ["Error: deep", ...Array.from({ length: 500 }, (_, i) => `    at f${i}`)].join("\n");
    expect(loggable(thrown).stack?.split("\n")).toHaveLength(16);
  });

  test.each<[string, unknown, string]>([
    ["a text", "no mail for ops@example.com", "no mail for [address]"],
    ["an object", { secret: "s3cret" }, "a thrown object"],
    ["nothing", undefined, "a thrown undefined"],
    [
      "an error that cannot be read",
      Object.defineProperties(new Error("x"), {
        message: { get: throwing },
        stack: { get: throwing },
      }),
      "an error that cannot be read",
    ],
  ])("is made also of %s", (_what, thrown, message) => {
    expect(loggable(thrown).message).toBe(message);
  });
});

function throwing(): never {
  throw new Error("not to be read");
}

test("no other file of src/ speaks to the console", async () => {
  const src = join(import.meta.dirname, "../../src");
  const files = (await readdir(src, { recursive: true })).filter((name) => name.endsWith(".ts"));
  const speaking: string[] = [];
  for (const file of files) {
    const text = await readFile(join(src, file), "utf8");
    // Comments may speak of it.
    if (/\bconsole\b/.test(text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, ""))) speaking.push(file);
  }
  expect(speaking).toEqual(["platform/log.ts"]);
});
