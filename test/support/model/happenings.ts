/** What can happen. A history of the model is any sequence of these. */
import * as fc from "fast-check";
import type { How, JobPlan, Plan, Port } from "./parts.ts";

/** How calls of a port are answered where nobody says otherwise: every `nth` of them so, the others well. */
export type Weather = Partial<Record<Port, { readonly how: How; readonly nth: number }>>;

export type Happening =
  /** For the minute that is, or for one that was. `runtime` is the copy of the Worker that gets it. */
  | { readonly what: "a cron event comes"; readonly minutesLate: number; readonly runtime: number }
  /** One of the calls that wait. */
  | { readonly what: "a call is answered"; readonly which: number; readonly how: How }
  /** Until nobody waits any more; `order` says who is first. */
  | { readonly what: "all goes on"; readonly order: number }
  | { readonly what: "time passes"; readonly seconds: number }
  /** Each with its event, and all goes on. */
  | { readonly what: "minutes go by"; readonly count: number; readonly order: number }
  /** An invocation, or its whole runtime. What it has asked for may arrive all the same. */
  | {
      readonly what: "somebody dies";
      readonly which: number;
      readonly runtime: boolean;
      readonly arrives: boolean;
    }
  | { readonly what: "the weather changes"; readonly weather: Weather }
  | { readonly what: "a job file breaks, or is mended" };

/** Every way of going wrong. */
export const TROUBLES: readonly How[] = [
  "fails",
  "done, but fails",
  "fails, and is done later",
  "refused for good",
  "never answers",
];

const TROUBLE = fc.constantFrom(...TROUBLES);
const HOW: fc.Arbitrary<How> = fc.oneof(fc.constant<How>("well"), TROUBLE);

const ORDER = fc.nat(3);

/** Of all calls. */
const all = (how: How): { readonly how: How; readonly nth: number } => ({ how, nth: 1 });

/** Weather that comes as a whole. */
const STORMS: readonly Weather[] = [
  { store: all("fails") },
  { store: all("never answers") },
  { mail: all("fails"), digest: all("fails") },
  { mail: all("never answers"), digest: all("refused for good") },
  { mail: all("done, but fails"), digest: all("done, but fails") },
  { network: all("fails"), reference: all("fails") },
  { shard: all("fails") },
  { shard: all("done, but fails") },
];

const WEATHER: fc.Arbitrary<Weather> = fc.oneof(
  fc.constantFrom(...STORMS),
  fc.dictionary(
    fc.constantFrom<Port[]>(
      "store",
      "store",
      "mail",
      "digest",
      "job",
      "telling",
      "network",
      "reference",
      "shard",
    ),
    fc.record({ how: TROUBLE, nth: fc.constantFrom(1, 1, 2, 3, 7) }),
    { maxKeys: 3 },
  ),
);

const HAPPENING: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("a cron event comes" as const),
      minutesLate: fc.constantFrom(0, 0, 0, 0, 1, 2, 6, 1_500),
      runtime: fc.nat(1),
    }),
  },
  {
    weight: 10,
    arbitrary: fc.record({ what: fc.constant("a call is answered" as const), which: fc.nat(5), how: HOW }),
  },
  { weight: 3, arbitrary: fc.record({ what: fc.constant("all goes on" as const), order: ORDER }) },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("time passes" as const),
      seconds: fc.oneof(
        { weight: 5, arbitrary: fc.integer({ min: 1, max: 90 }) },
        { weight: 2, arbitrary: fc.constantFrom(120, 300, 361, 720, 3_600, 7_200) },
        { weight: 1, arbitrary: fc.constantFrom(86_400, 3 * 86_400) },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      what: fc.constant("minutes go by" as const),
      count: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 1, max: 6 }) },
        { weight: 1, arbitrary: fc.constant(14) },
      ),
      order: ORDER,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constant("somebody dies" as const),
      which: fc.nat(3),
      runtime: fc.boolean(),
      arrives: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant("the weather changes" as const), weather: WEATHER }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("a job file breaks, or is mended" as const) }) },
);

const JOB: fc.Arbitrary<JobPlan> = fc.record({
  frequency: fc.constantFrom("MINUTE", "MINUTE", "MINUTE", "HOUR", "HOUR", "DAY_NOON"),
  every: fc.constantFrom(
    "EVERYTIME",
    "EVERYFIVEMINUTES",
    "EVERYTENMINUTES",
    "EVERYHOUR",
    "EVERYDAY",
    "ONSTATECHANGE",
    "ONSTATECHANGE",
  ),
  minimum: fc.constantFrom(1, 1, 2, 5),
  outcomes: fc
    .array(fc.constantFrom("U", "U", "D", "D", "D", "E", "I", "T"), { minLength: 1, maxLength: 12 })
    .map((letters) => letters.join("")),
  waitsFor: fc.constantFrom("nothing", "nothing", "itself", "network", "network", "loopback"),
  writes: fc.constantFrom(false, false, false, true),
  tells: fc.constantFrom("by default", "by default", "in its own words", "elsewhere", "slowly"),
});

/** Shortly before noon, shortly before an hour, and within one. */
const START = fc.constantFrom("2026-11-23T11:57:30Z", "2026-11-23T09:58:30Z", "2026-11-23T10:20:30Z");

export const PLAN: fc.Arbitrary<Plan> = fc.record({
  startMs: START.map((text) => Date.parse(text)),
  jobs: fc.array(JOB, { minLength: 1, maxLength: 4 }),
  recipients: fc.constantFrom(1, 1, 2, 3),
  maxMailsPerHour: fc.constantFrom(30, 30, 4, 1),
  flapping: fc.constantFrom(
    { changes: 0, runs: 20 },
    { changes: 0, runs: 20 },
    { changes: 0, runs: 20 },
    { changes: 3, runs: 6 },
    { changes: 4, runs: 10 },
  ),
  references: fc.constantFrom(0, 0, 1, 2),
  gapAlertMinutes: fc.constantFrom(1e6, 1, 3),
  sharding: fc.constantFrom(
    null,
    null,
    { size: 1, inPlace: 0 },
    { size: 2, inPlace: 0 },
    { size: 2, inPlace: 2 },
  ),
});

export const HAPPENINGS = fc.array(HAPPENING, { minLength: 1, maxLength: 30, size: "max" });
