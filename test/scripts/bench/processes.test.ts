import { expect, test } from "vitest";
import { parseStat } from "../../../scripts/bench/processes.ts";

test("a process's name may hold what separates fields", () => {
  const fields = [
    "S",
    "1",
    ...Array.from({ length: 9 }, () => "0"),
    "123",
    "27",
    ...Array.from({ length: 9 }, () => "0"),
  ];
  fields[21] = "1000";
  expect(parseStat(`42 (work) er d) ${fields.join(" ")}`)).toEqual({
    name: "work) er d",
    cpuMs: 1_500,
    memory: 4_096_000,
  });
});
