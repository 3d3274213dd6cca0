import { HOLDS_CREDENTIALS, hideCredentials, problemOfWebAddress } from "../core/net/web-address.ts";
import { JobError } from "../job-sdk/job-error.ts";

/** The parts of a request as the owner of an entry wrote them. A Worker drops or alters some in silence; here each is an error. */

/** @throws JobError `E_URL` */
export function parseUrl(text: string): string {
  const problem = problemOfWebAddress(text);
  if (problem === null) return text;
  throw new JobError(
    "E_URL",
    problem === HOLDS_CREDENTIALS
      ? `the address of ${new URL(text).host} holds a user or password; put it into headers: { authorization: … }`
      : `${JSON.stringify(hideCredentials(text))} ${problem}; write it like https://example.com/`,
  );
}

/** What workerd 1.20261117 takes, as a trial showed, but for TRACE, which servers refuse. It throws at all others. */
const METHODS: ReadonlySet<string> = new Set(
  (
    "GET HEAD POST PUT DELETE PATCH OPTIONS PURGE COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK ACL REPORT " +
    "MKACTIVITY CHECKOUT MERGE NOTIFY SUBSCRIBE UNSUBSCRIBE QUERY BAN"
  ).split(" "),
);

/** @throws JobError `E_METHOD` */
export function parseMethod(method: unknown, url: string): string {
  if (typeof method === "string" && METHODS.has(method)) return method;
  throw new JobError(
    "E_METHOD",
    `method of ${url} is ${JSON.stringify(method) ?? typeof method}; give GET, HEAD or the like`,
  );
}

/** Of the connection and not of the request (RFC 9110 section 7.6.1): whatever makes the connection sets them. */
const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Set by Cloudflare on what a Worker sends, whatever the Worker gives. The cf-access-… headers are not among them.
 * Source: https://developers.cloudflare.com/fundamentals/reference/http-headers/
 */
const OF_CLOUDFLARE: ReadonlySet<string> = new Set([
  "cdn-loop",
  "cf-connecting-ip",
  "cf-connecting-ipv6",
  "cf-ew-via",
  "cf-ipcountry",
  "cf-pseudo-ipv4",
  "cf-ray",
  "cf-visitor",
  "cf-worker",
]);

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~\dA-Za-z]*/;

/**
 * Names come out in lower case. What is wrong is told by the header's name: its value may be a secret.
 *
 * @throws JobError `E_HEADER`
 */
export function parseHeaders(headers: unknown, url: string): Readonly<Record<string, string>> {
  const refuse = (problem: string): never => {
    throw new JobError("E_HEADER", problem);
  };
  if (typeof headers !== "object" || headers === null || Symbol.iterator in headers) {
    return refuse(`headers of ${url} is no table; write it like { "x-api-key": "…" }`);
  }
  const parsed = new Map<string, string>();
  for (const [given, value] of Object.entries(headers) as [string, unknown][]) {
    const name = given.toLowerCase();
    // Where a value was written into the name, it is cut off.
    const [shown = ""] = TOKEN.exec(given) ?? [];
    const header = `the header ${JSON.stringify(shown)} of ${url}`;
    if (shown !== given || shown === "") refuse(`${header} has a name that cannot be sent; correct it`);
    if (name === "host") {
      refuse(`${header} cannot be sent: a Worker sends the host of the url; write the other one there`);
    }
    if (OF_CONNECTION.has(name)) {
      refuse(`${header} cannot be sent: it belongs to the connection, which is not a Worker's; leave it out`);
    }
    if (OF_CLOUDFLARE.has(name)) refuse(`${header} cannot be sent: Cloudflare sets it itself; leave it out`);
    if (parsed.has(name)) refuse(`${header} is given twice, in different letter case; leave one out`);
    if (typeof value !== "string") return refuse(`${header} has a value that is no text; write it in quotes`);
    const text = value.replaceAll(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
    if (/[^\t -~\u00A0-\u00FF]/.test(text)) {
      refuse(`${header} has a character in its value that cannot be sent; leave it out or encode it`);
    }
    parsed.set(name, text);
  }
  return Object.fromEntries(parsed);
}
