import { Validator } from "@seriousme/openapi-schema-validator";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openApiDocument } from "../../../src/web/api/openapi.ts";
import { PROBLEMS } from "../../../src/web/api/problem.ts";
import { VERSION } from "../../../src/core/version.ts";
import { createHttp } from "../../../src/worker/http.ts";
import { nobodyActs } from "../../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../../support/fakes/ports.ts";
import { compile, type OpenApi } from "../../support/api/openapi.ts";

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;

test("the version is that of package.json", async () => {
  const text = await readFile(join(import.meta.dirname, "../../../package.json"), "utf8");
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
});

describe("the document", () => {
  test("is one of OpenAPI 3.1, by its official schema", async () => {
    const result = await new Validator({ strict: false }).validate({ ...structuredClone(document) });
    expect(result).toEqual({ valid: true });
    const broken = { ...structuredClone(document), paths: { "/x": { get: { responses: 5 } } } };
    expect(await new Validator({ strict: false }).validate(broken)).toMatchObject({ valid: false });
  });

  test("names every route of the API, and none that is not there", () => {
    const platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };
    const routes = createHttp(platform, nobodyActs).routes.filter(
      ({ path, method }) => method === "GET" && path.startsWith("/api/"),
    );
    expect(Object.keys(document.paths).map((path) => `/api/v1${path}`)).toEqual(
      routes.map(({ path }) => path.replaceAll(/:(\w+)/g, "{$1}")),
    );
  });

  test("refers to what it holds, and holds nothing that nothing refers to", () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    const names = new Set(references.map(([, name = ""]) => name));
    expect([...names].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
  });

  test("has examples that are what they are examples of", () => {
    const examplesIn = (schema: unknown): readonly [object, unknown][] => {
      if (typeof schema !== "object" || schema === null) return [];
      const own =
        "examples" in schema && Array.isArray(schema.examples) ? (schema.examples as unknown[]) : [];
      const inside = Object.values(schema).flatMap((value) => examplesIn(value));
      return [...own.map((example) => [schema, example] as [object, unknown]), ...inside];
    };
    const found = examplesIn(document.components.schemas);
    expect(found.length).toBeGreaterThan(20);
    const wrong = found.filter(([schema, example]) => !compile(document, schema)(example));
    expect(wrong).toEqual([]);
  });

  test("says of each parameter what to send, with the limits that are kept", () => {
    const said = Object.entries(document.paths).flatMap(([path, { get }]) =>
      (get.parameters ?? []).map(({ name, schema }) => `${path} ${name} ${JSON.stringify(schema)}`),
    );
    const limit = (most: number, usual: number) =>
      `limit {"type":"integer","minimum":1,"maximum":${most},"default":${usual}}`;
    const cursor = `cursor {"type":"string","pattern":"^[\\\\w-]+$","maxLength":4000}`;
    expect(said).toEqual([
      `/jobs status {"type":"array","items":{"enum":["up","down","inconclusive","maintenance","new"],"type":"string"}}`,
      `/jobs group {"type":"string"}`,
      `/jobs frequency {"enum":["MINUTE","HOUR","DAY","DAY_NOON"],"type":"string"}`,
      `/jobs ${limit(1_000, 100)}`,
      `/jobs ${cursor}`,
      `/jobs/{id} id {"type":"string"}`,
      `/jobs/{id}/series id {"type":"string"}`,
      `/jobs/{id}/series range {"enum":["24h","7d","30d","90d","1y"],"type":"string","default":"24h"}`,
      `/incidents job {"type":"string","pattern":"^[0-9a-z]{14}$"}`,
      `/incidents ${limit(200, 50)}`,
      `/incidents ${cursor}`,
      `/ticks ${limit(1_000, 100)}`,
      `/ticks ${cursor}`,
      `/gaps ${limit(1_000, 100)}`,
      `/gaps ${cursor}`,
      `/outbox ${limit(50, 20)}`,
      `/outbox ${cursor}`,
    ]);
    const descriptions = Object.values(document.paths).flatMap(({ get }) => get.parameters ?? []);
    expect(descriptions.filter(({ description }) => !/^[A-Z].*\.$/.test(description))).toEqual([]);
  });

  test("marks what is for the owner alone, and no other", () => {
    const isPrivate = ({ security }: { readonly security: readonly object[] }): boolean =>
      security.every((way) => Object.keys(way).length > 0);
    const found = Object.entries(document.paths).filter(([, { get }]) => isPrivate(get));
    expect(found.map(([path]) => path)).toEqual(["/peers", "/ticks", "/gaps", "/outbox"]);
  });

  test("lists every kind of problem but those of no resource", () => {
    const text = JSON.stringify(document.paths);
    const missing = Object.keys(PROBLEMS).filter((kind) => !text.includes(`\`${kind}\``));
    expect(missing).toEqual(["unknown-path", "method-not-allowed", "internal"]);
  });
});
