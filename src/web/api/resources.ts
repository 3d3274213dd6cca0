import type * as v from "valibot";
import { IncidentList } from "./incident.ts";
import { Job, JobList } from "./job.ts";
import { GapList, TickList } from "./ticks.ts";
import { Outbox } from "./outbox.ts";
import {
  IncidentsQuery,
  JobsQuery,
  NoQuery,
  OutboxQuery,
  RecordsQuery,
  SeriesQuery,
  type QuerySchema,
} from "./parameters.ts";
import { ProblemTypeList } from "./problem.ts";
import { PeerList, Instance } from "./instance.ts";
import { Series } from "./series.ts";

export const API_ROOT = "/api/v1";

interface Resource {
  /** Below the root. */
  readonly path: string;
  readonly summary: string;
  readonly query: QuerySchema;
  readonly answer: v.GenericSchema;
  /** Name of the answer's schema. */
  readonly answerName: string;
  /** For the owner alone. */
  readonly isPrivate: boolean;
}

/** Everything that the API answers, but for its own description. */
export const RESOURCES = {
  jobs: {
    path: "/jobs",
    summary: "Jobs, and how they are",
    query: JobsQuery,
    answer: JobList,
    answerName: "JobList",
    isPrivate: false,
  },
  job: {
    path: "/jobs/{id}",
    summary: "One job, and its last 90 days",
    query: NoQuery,
    answer: Job,
    answerName: "Job",
    isPrivate: false,
  },
  series: {
    path: "/jobs/{id}/series",
    summary: "One job over time: its runs, or sums of hours or days",
    query: SeriesQuery,
    answer: Series,
    answerName: "Series",
    isPrivate: false,
  },
  incidents: {
    path: "/incidents",
    summary: "What failed",
    query: IncidentsQuery,
    answer: IncidentList,
    answerName: "IncidentList",
    isPrivate: false,
  },
  instance: {
    path: "/instance",
    summary: "How this Checker itself is",
    query: NoQuery,
    answer: Instance,
    answerName: "Instance",
    isPrivate: false,
  },
  peers: {
    path: "/peers",
    summary: "Other Checkers that this one watches, and what they last said",
    query: NoQuery,
    answer: PeerList,
    answerName: "PeerList",
    isPrivate: true,
  },
  ticks: {
    path: "/ticks",
    summary: "What ran: every whole tick",
    query: RecordsQuery,
    answer: TickList,
    answerName: "TickList",
    isPrivate: true,
  },
  gaps: {
    path: "/gaps",
    summary: "What did not run: slots that passed without a tick",
    query: RecordsQuery,
    answer: GapList,
    answerName: "GapList",
    isPrivate: true,
  },
  outbox: {
    path: "/outbox",
    summary: "What was decided, and is not told yet or not at all",
    query: OutboxQuery,
    answer: Outbox,
    answerName: "Outbox",
    isPrivate: true,
  },
  problems: {
    path: "/problems",
    summary: "Which problems there are",
    query: NoQuery,
    answer: ProblemTypeList,
    answerName: "ProblemTypeList",
    isPrivate: false,
  },
} as const satisfies Readonly<Record<string, Resource>>;

export type ResourceName = keyof typeof RESOURCES;
type QueryOf<Name extends ResourceName> = v.InferOutput<(typeof RESOURCES)[Name]["query"]>;
export type AnswerOf<Name extends ResourceName> = v.InferOutput<(typeof RESOURCES)[Name]["answer"]>;

/** A request for a resource, checked. Goes to another object as it is. */
export type ApiCall = {
  readonly [Name in ResourceName]: {
    readonly resource: Name;
    /** Of the job; "" where the path has none. */
    readonly id: string;
    readonly query: QueryOf<Name>;
  };
}[ResourceName];
