import { describe, expect, test } from "vitest";
import { HELP, parseOptions, scenariosFor } from "../../../scripts/bench/options.ts";
import { scenario } from "./support.ts";

test("without arguments all sizes and scenarios are measured five times", () => {
  expect(parseOptions([])).toMatchObject({
    targets: [50, 200, 1_000, 5_000, 10_000],
    runs: 5,
    write: false,
    smoke: false,
    scenarios: ["at once", "after 100 ms", "5 % refused", "1 % hanging", "all failing"].map(scenario),
  });
});

test("sizes and scenarios can be chosen", () => {
  const args = ["--targets", "200,50,200", "--scenarios", "at once, 1 % hanging", "--runs", "3", "--write"];
  expect(parseOptions(args)).toEqual({
    targets: [50, 200],
    scenarios: [scenario("at once"), scenario("1 % hanging")],
    runs: 3,
    write: true,
    smoke: false,
  });
});

test("the largest sizes are measured in one scenario alone, unless another was chosen", () => {
  const [atOnce, plain] = [scenario("at once"), scenario("after 100 ms")];
  expect(scenariosFor(5_000, [atOnce, plain])).toEqual([atOnce, plain]);
  expect(scenariosFor(10_000, [atOnce, plain])).toEqual([plain]);
  expect(scenariosFor(10_000, [atOnce])).toEqual([atOnce]);
});

test("the smoke is small", () => {
  expect(parseOptions(["--smoke"])).toEqual({
    targets: [50],
    scenarios: [scenario("after 100 ms"), scenario("1 % hanging")],
    runs: 1,
    write: false,
    smoke: true,
  });
});

test("help names every option and is asked for before anything is measured", () => {
  expect(parseOptions(["--help"])).toBeNull();
  for (const name of ["targets", "scenarios", "runs", "write", "smoke"]) expect(HELP).toContain(`--${name} `);
});

describe("wrong use is refused", () => {
  test.each([
    [["--targets", "50,0"], '--targets has "0"; give whole numbers from 1 to 10000'],
    [["--targets", ""], '--targets has ""; give whole numbers from 1 to 10000'],
    [["--runs", "1.5"], '--runs has "1.5"; give whole numbers from 1 to 50'],
    [
      ["--scenarios", "at once,slow"],
      '--scenarios has "slow"; there are: at once, after 100 ms, 5 % refused, 1 % hanging, all failing',
    ],
    [["--smoke", "--runs", "2"], "--smoke sets --runs itself; leave one out"],
    [["--smoke", "--write"], "--smoke measures too little for --write; leave one out"],
  ])("%j", (args, text) => {
    expect(() => parseOptions(args)).toThrow(new Error(text));
  });

  test("so is what is not known", () => {
    expect(() => parseOptions(["--fast"])).toThrow("Unknown option '--fast'");
    expect(() => parseOptions(["50"])).toThrow("Unexpected argument '50'");
  });
});
