import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  boundedText,
  errorText,
  formatDuration,
  formatUtc,
  oneLine,
  plural,
  withoutDirections,
} from "../../src/core/text.ts";
import { at } from "../support/fakes/ports.ts";

describe("one line", () => {
  test.each([
    ["CR LF", "a\r\nBcc: x@example.org"],
    ["LF", "a\nBcc: x@example.org"],
    ["CR", "a\rBcc: x@example.org"],
    ["NUL", "a\0Bcc: x@example.org"],
    ["tab and vertical tab", "a\t\vBcc: x@example.org"],
    ["DEL", "a\u007FBcc: x@example.org"],
    ["NEL", "a\u0085Bcc: x@example.org"],
    ["line separator", "a\u2028Bcc: x@example.org"],
    ["paragraph separator", "a\u2029Bcc: x@example.org"],
    ["many of them", "\r\na\r\n\r\n \0 \r\nBcc: x@example.org\r\n"],
  ])("has a space for %s", (_name, text) => {
    expect(oneLine(text)).toBe("a Bcc: x@example.org");
  });

  test.each([
    "\u061C",
    "\u200E",
    "\u200F",
    "\u202A",
    "\u202B",
    "\u202C",
    "\u202D",
    "\u202E",
    "\u2066",
    "\u2067",
    "\u2068",
    "\u2069",
    "\u206A",
    "\u206F",
  ])("loses %j, which could reorder what stands next to it", (direction) => {
    expect(oneLine(`a${direction}b${direction} ${direction}`)).toBe("ab");
    expect(withoutDirections(`a\n${direction}b${direction}`)).toBe("a\nb");
  });

  test("keeps scripts that run from right to left, and what joins letters and emoji", () => {
    const text = "שלום العربية نمی\u200Cخواهم 👩\u200D🚒";
    expect(oneLine(text)).toBe(text);
  });

  test("is empty where nothing is left", () => {
    expect(oneLine("")).toBe("");
    expect(oneLine(" \r\n\0\u2028 ")).toBe("");
  });

  test("keeps other alphabets, accents and symbols", () => {
    expect(oneLine("Zürich ist kaputt – 東京 🚒 e\u0301")).toBe("Zürich ist kaputt – 東京 🚒 e\u0301");
  });

  test("keeps 200 characters and cuts the 201st, with a sign that it did", () => {
    expect(oneLine("x".repeat(200))).toBe("x".repeat(200));
    expect(oneLine("x".repeat(201))).toBe(`${"x".repeat(199)}…`);
  });

  test("is measured after the controls are gone", () => {
    expect(oneLine(`${"\r\n".repeat(500)}abc`, 3)).toBe("abc");
  });

  test("never ends in half a surrogate pair", () => {
    expect(oneLine("ab🚒cd", 4)).toBe("ab…");
    expect(oneLine("ab🚒cd", 5)).toBe("ab🚒…");
    for (let length = 1; length < 12; length++) {
      expect(oneLine("🚒".repeat(9), length).isWellFormed()).toBe(true);
    }
  });

  test("has U+FFFD for half a surrogate pair", () => {
    expect(oneLine("a\ud83d b\ude92")).toBe("a\ufffd b\ufffd");
    expect(oneLine("\ud83d\n\ude92")).toBe("\ufffd \ufffd");
  });

  test("is well-formed and itself as one line, whatever the text and the length", () => {
    const anyText = fc.string({
      unit: fc.integer({ min: 0, max: 0xff_ff }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 12 }), (text, length) => {
        const line = oneLine(text, length);
        expect(line.isWellFormed()).toBe(true);
        expect(oneLine(line, length)).toBe(line);
        expect(boundedText(text, length).isWellFormed()).toBe(true);
      }),
    );
  });

  test("of one character is the sign alone", () => {
    expect(oneLine("abc", 1)).toBe("…");
  });
});

describe("a long text", () => {
  test("is cut with a sentence that says so, and keeps its lines", () => {
    expect(boundedText("ab\ncd\nef\n", 5)).toBe("ab\ncd\n\n(Cut here: 4 more characters.)\n");
    expect(boundedText("ab\ncd", 5)).toBe("ab\ncd");
  });

  test("is not cut within a character", () => {
    expect(boundedText("a🚒b", 2)).toBe("a\n\n(Cut here: 3 more characters.)\n");
  });
});

test("a time is shown in UTC, with seconds on request", () => {
  expect(formatUtc(at("2026-11-23 01:40:59.999"))).toBe("2026-11-23 01:40 UTC");
  expect(formatUtc(at("2026-11-23 01:40:59.999"), true)).toBe("2026-11-23 01:40:59 UTC");
  expect(formatUtc(0)).toBe("1970-01-01 00:00 UTC");
});

test.each([
  [-5_000, "0 s"],
  [0, "0 s"],
  [0.2, "1 ms"],
  [320, "320 ms"],
  [999, "999 ms"],
  [1_000, "1 s"],
  [59_499, "59 s"],
  [59_500, "1 min"],
  [60_000, "1 min"],
  [90_000, "1 min 30 s"],
  [599_000, "9 min 59 s"],
  [600_000, "10 min"],
  [659_000, "10 min"],
  [3_599_499, "59 min"],
  [3_599_500, "1 h"],
  [3_600_000, "1 h"],
  [3_660_000, "1 h 1 min"],
  [12_000_000, "3 h 20 min"],
  [86_399_000, "23 h 59 min"],
  [86_400_000, "1 d"],
  [90_000_000, "1 d 1 h"],
  [190_800_000, "2 d 5 h"],
  [400 * 86_400_000, "400 d"],
])("%d ms are shown as %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("a count names one thing or several", () => {
  expect([0, 1, 2].map((count) => plural(count, "failure"))).toEqual([
    "0 failures",
    "1 failure",
    "2 failures",
  ]);
});

describe("the text of what was thrown", () => {
  test("is the message of an error, with its type where that says something", () => {
    expect(errorText(new Error("no route"))).toBe("no route");
    expect(errorText(new TypeError("x is undefined"))).toBe("TypeError: x is undefined");
    expect(errorText(new DOMException("it took too long", "TimeoutError"))).toBe(
      "TimeoutError: it took too long",
    );
  });

  test("is one line without the stack", () => {
    expect(errorText(new Error("first\r\n    at secret.ts:1"))).toBe("first at secret.ts:1");
    expect(errorText(new Error("x".repeat(300)), 10)).toBe("xxxxxxxxx…");
  });

  test("says so where there is no message", () => {
    expect(errorText(new Error(""))).toBe("an error without a message");
    expect(errorText(new Error(" \n"))).toBe("an error without a message");
    expect(errorText(new TypeError(""))).toBe("TypeError");
    expect(errorText("")).toBe("an error without a message");
    expect(errorText("\r\n")).toBe("an error without a message");
  });

  test("is a thrown text itself, and of all else the type alone", () => {
    expect(errorText("plain\ntext")).toBe("plain text");
    expect(errorText({ password: "secret" })).toBe("a thrown object");
    expect(errorText(undefined)).toBe("a thrown undefined");
    expect(errorText(null)).toBe("a thrown object");
    expect(errorText(42)).toBe("a thrown number");
  });
});
