import { describe, expect, test } from "vitest";
import { parseCheckOptions } from "../../../scripts/check/options.ts";

describe("the options of npm run check", () => {
  test("are none unless given", () => {
    expect(parseCheckOptions([])).toEqual({ help: false, deploy: false, json: false, diff: null });
  });

  test("compare with Cloudflare, or with a folder of npm start", () => {
    expect(parseCheckOptions(["--diff", "--json"])).toMatchObject({
      json: true,
      diff: { from: "cloudflare" },
    });
    expect(parseCheckOptions(["--diff", "--local"]).diff).toEqual({ from: "local", state: ".checker" });
    expect(parseCheckOptions(["--diff", "--local", "--state", "s"]).diff).toEqual({
      from: "local",
      state: "s",
    });
  });

  const all = "There are: --deploy, --diff, --local, --state, --json, --help";
  test.each([
    [["--fast"], `Unknown option '--fast'. ${all}`],
    [["now"], `Unexpected argument 'now'. ${all}`],
    [["--json=yes"], `Option '--json' does not take an argument. ${all}`],
    [["--diff", "--local", "--state"], `Option '--state <value>' argument missing. ${all}`],
    [["--local"], "--local says whose jobs to compare with: give --diff with it"],
    [["--diff", "--state", "s"], "--state is the folder of npm start: give --diff --local with it"],
    [["--diff", "--local", "--state", " "], "--state is empty"],
  ])("refuse %j", (args, text) => {
    expect(() => parseCheckOptions(args)).toThrow(new Error(text));
  });
});
