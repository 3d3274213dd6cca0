import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHttp } from "../../src/worker/http.ts";
import { nobodyActs } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";
import { parseQuery } from "../../src/web/api/parameters.ts";
import { parameterProblem } from "../../src/web/api/problem.ts";
import { RESOURCES } from "../../src/web/api/resources.ts";

const text = await readFile(join(import.meta.dirname, "../../docs/reference/http-api.md"), "utf8");

test("the HTTP API reference lists every resource and who may read it", () => {
  const rows = [...text.matchAll(/^\| `\/api\/v1(\S*)` .* \| (everyone|admin) +\|$/gm)];
  expect(rows.map(([, path, who]) => [path, who])).toEqual(
    Object.values(RESOURCES).map(({ path, isPrivate }) => [path, isPrivate ? "admin" : "everyone"]),
  );
});

test("every example requests an existing resource with valid parameters", () => {
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

test("the example problem is what the API answers", () => {
  const example = /```json\n(.*?)```/s.exec(text)?.[1] ?? "";
  const parsed = parseQuery(RESOURCES.jobs.query, new URLSearchParams("limit=5000"));
  expect(JSON.parse(example)).toEqual(parsed.ok ? null : parameterProblem(parsed.problems));
});

test("the table of actions lists every POST request of the pages", () => {
  const platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };
  const posts = createHttp(platform, nobodyActs)
    .routes.filter(({ method }) => method === "POST")
    .map(({ path }) => path.replace(/:id(\{[^/]*\})?/, "{id}"));
  const section = /## Actions\n(.*?)\n## /s.exec(text)?.[1] ?? "";
  const rows = [...section.matchAll(/^\| (`\/.*?) \|/gm)].map(([, cell = ""]) => cell);
  const documented = rows.flatMap((cell) => [...cell.matchAll(/`(.*?)`/g)].map(([, path = ""]) => path));
  const isAction = (path: string): boolean => !path.startsWith("/ping/") && !path.startsWith("/sign-");
  expect(documented.toSorted()).toEqual([...new Set(posts.filter(isAction))].toSorted());
});
