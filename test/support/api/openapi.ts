/** Holds answers against the API's own OpenAPI document. */
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { expect } from "vitest";

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly Parameter[];
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: object }>> }>
  >;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly description: string;
  readonly schema: object;
}

export interface OpenApi {
  readonly openapi: string;
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, { readonly get: Operation }>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

/** Fails for an answer that the document does not describe, and for a field that it does not name. */
export type Expecting = (path: string, answer: Response) => Promise<unknown>;

export function expecting(document: OpenApi): Expecting {
  const validators = new Map<string, ValidateFunction>();
  const validatorOf = (schema: object): ValidateFunction => {
    const key = JSON.stringify(schema);
    const known = validators.get(key) ?? compile(document, schema);
    validators.set(key, known);
    return known;
  };
  return async (path, answer) => {
    const operation = document.paths[templateOf(document, path)]?.get;
    expect(operation, `${path} is not in the document`).toBeDefined();
    const described = operation?.responses[String(answer.status)];
    expect(described, `${path} is not said to answer ${answer.status}`).toBeDefined();
    const [type = ""] = (answer.headers.get("content-type") ?? "").split(";");
    const schema = described?.content?.[type]?.schema;
    expect(schema, `${path} is not said to answer ${answer.status} with ${type}`).toBeDefined();
    const body: unknown = await answer.json();
    const validate = validatorOf(schema ?? {});
    validate(body);
    expect({ path, wrong: validate.errors ?? [] }).toEqual({ path, wrong: [] });
    return body;
  };
}

export function compile(document: OpenApi, schema: object): ValidateFunction {
  const ajv = new Ajv2020({ allErrors: true, allowUnionTypes: true });
  // That is where references lead.
  ajv.addKeyword("components");
  // Formats are asserted, not only noted.
  (addFormats as unknown as (to: Ajv2020) => void)(ajv);
  return ajv.compile(closed({ ...schema, components: { schemas: document.components.schemas } }) as object);
}

/** A field may be added to an answer, but not without being described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]): [string, unknown] => [
    key,
    key === "examples" ? value : closed(value),
  ]);
  const own = Object.fromEntries(entries) as Record<string, unknown>;
  return own["type"] === "object" ? { ...own, additionalProperties: false } : own;
}

function templateOf(document: OpenApi, path: string): string {
  const [root = ""] = document.servers.map(({ url }) => url);
  const { pathname } = new URL(path, "https://checker.invalid");
  const below = pathname.slice(root.length);
  const fits = (template: string): boolean =>
    new RegExp(`^${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(below);
  return Object.keys(document.paths).find(fits) ?? pathname;
}
