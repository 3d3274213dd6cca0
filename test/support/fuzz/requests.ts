/** Requests to the Worker of every kind, most of them from nobody. */
import * as fc from "fast-check";

import { ASSERTION_HEADER } from "../../../src/platform/access/verify-assertion.ts";

export const TOKEN = "correct-horse-battery-staple";

const long = "a".repeat(100_000);

const paths = fc.oneof(
  fc.constantFrom("/status", "/admin/report", "/admin/outbox"),
  fc.constantFrom(
    ..."/metrics /badges/mail.svg /badges/jobs/0123456789abcd/status.json /badges/jobs/%00/uptime.svg".split(
      " ",
    ),
    ..."/api /api/v1/jobs /api/v1/instance /api/v1/outbox /api/v1/incidents /api/v1/ticks".split(" "),
    ..."/api/v1/jobs/0123456789abcd/series /api/v1/jobs/%2e%2e /api/v1//jobs /api/v1/__proto__".split(" "),
  ),
  fc.constantFrom(
    ..."/ /status/ //status /Status /status%00 /status%2f /status;a=b /%73tatus /%61dmin/report".split(" "),
    ..."/admin /admin//report /admin/../status /admin/report/..;/ /.env /* /:id /__proto__ /% /%E0%A4%A".split(
      " ",
    ),
    `/${long}`,
    `/status?${long}`,
  ),
  fc.webPath(),
  fc.string({ unit: "binary", maxLength: 40 }).map((text) => `/${text}`),
);

export const queries = fc.oneof(
  fc.constantFrom("", "?ticks=1&changes=2"),
  fc.constantFrom(
    ..."?ticks=-1 ?ticks=1e400 ?ticks=NaN ?ticks=%E0%A4 ?ticks ?ticks=1&ticks=x ?ticks=0x10".split(" "),
    ..."?ticks=9007199254740993 ?ticks='-- ?__proto__=1 ?% ?&&=&".split(" "),
  ),
  fc.constantFrom(
    ..."?label=<b> ?days=7 ?days=7&label=%f0%9f ?limit=5 ?limit=1e9 ?status=up,down ?cursor=W10 ?cursor=%00 ?job=x&job=y".split(
      " ",
    ),
  ),
  fc.webQueryParameters().map((text) => `?${text}`),
);

/** RFC 9110 section 5.6.2: what names of methods and headers are made of. */
const name = fc.string({
  unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ09-!#$%&'*+.^_`|~".split("")),
  minLength: 1,
  maxLength: 12,
});

const methods = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("GET", "HEAD") },
  { weight: 1, arbitrary: fc.constantFrom(..."POST PUT DELETE PATCH OPTIONS PROPFIND get Head".split(" ")) },
  { weight: 1, arbitrary: name },
);

const values = fc.oneof(
  fc.constantFrom(`Bearer ${TOKEN}`, `bearer ${TOKEN}`),
  fc.constantFrom(
    TOKEN,
    `Bearer  ${TOKEN}`,
    `Bearer\t${TOKEN}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN.toUpperCase()}`,
    `Bearer ${TOKEN}, Bearer x`,
    `Basic ${TOKEN}`,
    `Bearer ${long}`,
    // What looks like an assertion of Cloudflare Access: nothing in it, and with no end.
    "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA",
    "eyJhbGciOiJub25lIn0.e30.",
    `eyJhbGciOiJSUzI1NiJ9.${long}.${long}`,
    "..",
    "Bearer undefined",
    "Bearer",
    "",
  ),
  fc.string({ unit: fc.constantFrom(...'\u0001\u007f\u0080\u00ff aZ=:;,\t"\\'.split("")), maxLength: 20 }),
);

/** Null where nobody could send it. */
export const requests: fc.Arbitrary<Request | null> = fc
  .record({
    method: methods,
    path: paths,
    query: queries,
    authorization: values,
    headers: fc.array(fc.tuple(fc.oneof(name, fc.constant(ASSERTION_HEADER)), values), { maxLength: 4 }),
  })
  .map(({ method, path, query, authorization, headers }) => {
    try {
      const all = new Headers([...headers, ["authorization", authorization]]);
      return new Request(`https://checker.example${path}${query}`, { method, headers: all });
    } catch {
      return null;
    }
  });

/** By the header as it comes in: scheme in any case, one blank, the token. */
export function isFromOwner(request: Request): boolean {
  const [scheme, ...rest] = (request.headers.get("authorization") ?? "").split(" ");
  return scheme?.toLowerCase() === "bearer" && rest.join(" ") === TOKEN;
}
