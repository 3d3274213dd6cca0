import { expect, test } from "vitest";
import { parseStartOptions } from "../../../scripts/local/options.ts";

test("without options the port is 8787 and the state is in .checker", () => {
  expect(parseStartOptions([])).toEqual({ kind: "start", options: { port: 8787, state: ".checker" } });
});

test("port and state are taken in both spellings", () => {
  const options = { port: 9000, state: "/tmp/a b" };
  expect(parseStartOptions(["--port", "9000", "--state", "/tmp/a b"])).toEqual({ kind: "start", options });
  expect(parseStartOptions(["--port=9000", "--state=/tmp/a b"])).toEqual({ kind: "start", options });
});

test.each([["--help"], ["-h"]])("%s asks for help", (option) => {
  expect(parseStartOptions([option])).toEqual({ kind: "help" });
});

test.each([
  [["--port", "0"], 'port "0" is not a number from 1 to 65535; try npm start -- --port 9000'],
  [["--port", "65536"], 'port "65536" is not a number from 1 to 65535; try npm start -- --port 9000'],
  [["--port", "http"], 'port "http" is not a number from 1 to 65535; try npm start -- --port 9000'],
  [["--port=1e3"], 'port "1e3" is not a number from 1 to 65535; try npm start -- --port 9000'],
  [["--state="], 'state "" is not a folder; try npm start -- --state .checker'],
  [["--port"], "Option '--port <value>' argument missing; npm start -- --help lists what there is"],
  [["--prot", "1"], "Unknown option '--prot'; npm start -- --help lists what there is"],
  [["9000"], "Unexpected argument '9000'; npm start -- --help lists what there is"],
])("%j is refused with the value and the remedy", (args, text) => {
  expect(parseStartOptions(args)).toEqual({ kind: "error", text });
});

test("an option that npm kept for itself is noticed", () => {
  expect(parseStartOptions(["9000"], { port: "true" })).toEqual({
    kind: "error",
    text: "npm kept --port N for itself; put -- before it: npm start -- --port N",
  });
  expect(parseStartOptions([], { state: "/tmp/x" })).toEqual({
    kind: "error",
    text: "npm kept --state /tmp/x for itself; put -- before it: npm start -- --state /tmp/x",
  });
});
