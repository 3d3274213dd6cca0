import { toJsonSchema, toJsonSchemaDefs } from "@valibot/to-json-schema";
import * as v from "valibot";
import { VERSION } from "../../core/version.ts";
import { Incident, IncidentList } from "./incident.ts";
import { Job, JobList, JobSummary, Uptime } from "./job.ts";
import { Gap, GapList, NumberedTick, Tick, TickList } from "./ticks.ts";
import { Message, Outbox } from "./outbox.ts";
import type { QuerySchema } from "./parameters.ts";
import { Problem, PROBLEMS, ProblemTypeList, type ProblemKind } from "./problem.ts";
import { API_ROOT, RESOURCES, type ResourceName } from "./resources.ts";
import { Peer, PeerList, Instance } from "./instance.ts";
import { Series } from "./series.ts";

const SCHEMAS = {
  JobSummary,
  Job,
  JobList,
  Uptime,
  Series,
  Incident,
  IncidentList,
  Instance,
  Tick,
  NumberedTick,
  TickList,
  Gap,
  GapList,
  Message,
  Outbox,
  Peer,
  PeerList,
  Problem,
  ProblemTypeList,
};

const DRAFT = { target: "draft-2020-12", typeMode: "input", errorMode: "throw" } as const;

const DESCRIPTION = `
What a Checker knows, as JSON, to be read and not changed.

Without credentials you get what the public page has: public jobs, without reasons. The owner sends \`ADMIN_TOKEN\` as a
bearer token. What you may not see is null, or as if it were not there.

A list has \`nextCursor\`; send it as \`cursor\` for the next page, with the same filters. Every answer has an \`ETag\`: send it as
\`If-None-Match\`, and what has not changed is answered with 304 and no body. Errors are \`application/problem+json\` (RFC 9457).
Fields may be added; those that are there keep their meaning.`.trim();

/** The API, described. Takes some 20 ms the first time, which is more than a request of the Free plan has. */
export function openApiDocument(): object {
  return {
    openapi: "3.1.1",
    info: {
      title: "Checker",
      version: VERSION,
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: API_ROOT }],
    paths: {
      ...Object.fromEntries(
        (Object.keys(RESOURCES) as ResourceName[]).map((name) => [
          RESOURCES[name].path,
          { get: operation(name) },
        ]),
      ),
      "/openapi.json": {
        get: {
          operationId: "openapi",
          summary: "This document",
          security: [{}],
          responses: { "200": { description: "OpenAPI 3.1", content: { "application/json": {} } } },
        },
      },
    },
    components: {
      schemas: toJsonSchemaDefs(SCHEMAS, {
        ...DRAFT,
        overrideRef: ({ referenceId }) => `#/components/schemas/${referenceId}`,
      }),
      headers: HEADERS,
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "ADMIN_TOKEN." },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-checker",
          description:
            "The cookie that /sign-in gives. An answer to it is readable by pages of this Checker alone.",
        },
      },
    },
  };
}

const HEADERS = {
  ETag: {
    description: "Changes when the answer does. Not the same for the owner and for others.",
    schema: { type: "string" },
    example: '"5LkTBXZnzzZjBdzRKA1vqg"',
  },
  Link: {
    description: 'RFC 8288: the next page, as `rel="next"`. Left out on the last.',
    schema: { type: "string" },
  },
  RetryAfter: { description: "Seconds.", schema: { type: "string" }, example: "30" },
};

const header = (name: keyof typeof HEADERS) => ({ $ref: `#/components/headers/${name}` });

function operation(name: ResourceName): object {
  const { path, summary, query, answerName, isPrivate } = RESOURCES[name];
  const isList = "cursor" in query.entries;
  const hasJob = path.includes("{id}");
  const problems: readonly ProblemKind[] = [
    "invalid-parameter",
    "unauthorized",
    ...(hasJob || name === "incidents" ? (["no-such-job"] as const) : []),
    ...(isPrivate ? (["no-owner"] as const) : []),
    "too-many-tries",
    "owner-unknown",
    "set-up-wrongly",
    "unavailable",
  ];
  return {
    operationId: name,
    summary,
    security: isPrivate ? [{ bearer: [] }, { session: [] }] : [{}, { bearer: [] }, { session: [] }],
    parameters: [
      ...(hasJob
        ? [{ name: "id", in: "path", required: true, description: "Of the job.", schema: { type: "string" } }]
        : []),
      ...parametersOf(query),
    ],
    responses: {
      "200": {
        description: "As it is.",
        headers: { ETag: header("ETag"), ...(isList ? { Link: header("Link") } : {}) },
        content: {
          "application/json": { schema: { $ref: `#/components/schemas/${answerName}` } },
        },
      },
      "304": {
        description: "It is what your If-None-Match says.",
        headers: { ETag: header("ETag") },
      },
      ...problemResponses(problems),
    },
  };
}

function parametersOf({ entries }: QuerySchema): object[] {
  return Object.entries(entries).map(([name, entry]) => {
    const optional = entry as v.OptionalSchema<v.GenericSchema, unknown>;
    const { description, $schema: _draft, ...schema } = toJsonSchema(optional, DRAFT);
    return {
      name,
      in: "query",
      required: false,
      description: description ?? v.getDescription(optional.wrapped) ?? "",
      // As text with commas.
      ...(schema.type === "array" ? { style: "form", explode: false } : {}),
      schema,
    };
  });
}

function problemResponses(kinds: readonly ProblemKind[]): object {
  const byStatus = Map.groupBy(kinds, (kind) => PROBLEMS[kind].status);
  const sorted = [...byStatus].toSorted(([a], [b]) => a - b);
  return Object.fromEntries(
    sorted.map(([status, own]) => [
      String(status),
      {
        description: own.map((kind) => `${PROBLEMS[kind].title} (\`${kind}\`)`).join(", or: "),
        ...(status === 429 || status === 503 ? { headers: { "Retry-After": header("RetryAfter") } } : {}),
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    ]),
  );
}
