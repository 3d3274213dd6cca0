import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parseQuery } from "../../src/web/api/parameters.ts";
import { parameterProblem } from "../../src/web/api/problem.ts";
import { RESOURCES } from "../../src/web/api/resources.ts";

const text = await readFile(join(import.meta.dirname, "../../docs/api.md"), "utf8");

test("docs/api.md names every resource, and who may see it", () => {
  const rows = [...text.matchAll(/^\| `\/api\/v1(\S*)` .* \| (all|admin) +\|$/gm)];
  expect(rows.map(([, path, who]) => [path, who])).toEqual(
    Object.values(RESOURCES).map(({ path, isPrivate }) => [path, isPrivate ? "admin" : "all"]),
  );
});

test("its examples ask for what there is, by parameters that are right", () => {
  const asked = [...text.matchAll(/^curl .*https:\/\/checker\.example\.com\/api\/v1(\/[^"\s]*)/gm)];
  expect(asked.length).toBeGreaterThan(5);
  for (const [line, address = ""] of asked) {
    const url = new URL(address, "https://checker.invalid");
    const resource = Object.values(RESOURCES).find(({ path }) =>
      new RegExp(`^${path.replace("{id}", "[0-9a-z]{14}")}$`).test(url.pathname),
    );
    expect([address, resource === undefined]).toEqual([address, false]);
    if (resource === undefined) continue;
    expect([address, parseQuery(resource.query, url.searchParams).ok]).toEqual([address, true]);
    expect([address, line.includes("Bearer $ADMIN_TOKEN")]).toEqual([
      address,
      resource.isPrivate || address.includes("status="),
    ]);
  }
});

test("its problem is the one that is answered", () => {
  const example = /```json\n(.*?)```/s.exec(text)?.[1] ?? "";
  const parsed = parseQuery(RESOURCES.jobs.query, new URLSearchParams("limit=5000"));
  expect(JSON.parse(example)).toEqual(parsed.ok ? null : parameterProblem(parsed.problems));
});
