/** Answers of HTTP servers that are not what a fetch usually gives, and what a fetch may throw. */
import * as fc from "fast-check";
import { never } from "../fakes/ports.ts";

/** What a body does after its chunks. */
const ENDS = ["ends", "breaks", "stalls", "goes on", "goes on with nothing"] as const;

export interface HostileBody {
  readonly chunks: readonly Uint8Array[];
  readonly end: (typeof ENDS)[number];
  /** What letting go of it does. */
  readonly cancel: "works" | "fails" | "hangs";
}

export interface HostileAnswer {
  readonly status: number;
  readonly body: HostileBody | null;
  readonly location?: string;
}

/** Counts what was taken; a body that goes on ends after `most` chunks, so that a test ends as well. */
export class TakenChunks {
  static readonly most = 50_000;
  count = 0;
}

const words = [
  "True",
  "True\n",
  "True\r\n",
  "True\n\n",
  "True ",
  "true",
  "MailProblem",
  "JobProblem",
  "\uFEFFTrue",
];
const codes = [
  "error code: 1016",
  "error code: 1042",
  "error code: 1019\n",
  "Error code: 1003",
  "error code: 9999",
];

const text = fc
  .oneof(
    fc.constantFrom(...words, ...codes, "", "<html>True</html>", "True\0", "\r\nTrue"),
    fc.string({ unit: "binary", maxLength: 300 }),
  )
  .map((all) => new TextEncoder().encode(all));

export const bodies: fc.Arbitrary<HostileBody | null> = fc.option(
  fc.record({
    chunks: fc.oneof(
      // A word alone, so that what comes after it decides.
      fc.constantFrom(...words).map((word) => [new TextEncoder().encode(word)]),
      fc.array(fc.oneof(text, fc.uint8Array({ maxLength: 300 })), { maxLength: 4 }),
    ),
    end: fc.constantFrom(...ENDS),
    cancel: fc.constantFrom("works", "works", "fails", "hangs"),
  }),
  { nil: null },
);

export const statuses = fc.oneof(
  fc.constantFrom(200, 200, 200, 204, 301, 403, 404, 409, 500, 520, 521, 526, 530),
  fc.integer({ min: 100, max: 999 }),
  fc.constantFrom(0, -1, 1e9, 200.5, Number.NaN, Number.POSITIVE_INFINITY),
);

/** No Response can be made with most of these statuses, but what answers a fetch is only looked at like one. */
export function answerOf({ status, body, location }: HostileAnswer, taken: TakenChunks): Response {
  const headers = new Headers(location === undefined ? {} : { location });
  return { status, headers, body: body === null ? null : streamOf(body, taken) } as unknown as Response;
}

function streamOf({ chunks, end, cancel }: HostileBody, taken: TakenChunks): ReadableStream<Uint8Array> {
  const waiting = [...chunks];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        taken.count += 1;
        const chunk = waiting.shift();
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (end === "stalls") await never();
        else if (end === "breaks") controller.error(new Error("Network connection lost."));
        else if (end === "ends" || taken.count > TakenChunks.most) controller.close();
        else controller.enqueue(new Uint8Array(end === "goes on" ? 7 : 0));
      },
      async cancel() {
        if (cancel === "hangs") await never();
        if (cancel === "fails") throw new TypeError("it does not let go");
      },
    },
    { highWaterMark: 0 },
  );
}

/** Stands in the query of some redirects, where nobody may read it. */
export const SECRET = "s3cr3t";

/** Where a redirect may lead, or not. */
export const locations = fc.constantFrom(
  "/",
  "//",
  "https://b.example/x",
  `https://b.example/?token=${SECRET}`,
  `https://user:${SECRET}@b.example/`,
  "ftp://b.example/",
  "javascript:1",
  "http://[",
  "https://",
  "\u00ff",
  `https://${"b".repeat(9_000)}.example/`,
);

/** Errors with odd texts, the runtime's own, and what is no error. */
export const thrown: fc.Arbitrary<unknown> = fc.oneof(
  fc
    .constantFrom(
      "Network connection lost.",
      "internal error; reference = 1",
      "Too many redirects",
      "Too many subrequests.",
      "",
      " \r\n\t",
      "a\r\nb\u2028c",
      "x".repeat(100_000),
    )
    .map((message) => new Error(message)),
  fc
    .record({ message: fc.anything(), name: fc.anything() })
    .map((parts) => Object.assign(new Error("x"), parts)),
  fc.anything(),
);
