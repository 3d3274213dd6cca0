import { problemOfHostname } from "../../core/net/host-name.ts";
import { isHttp, notHttp, RedirectError, type ProbeAgainContext } from "./http-error.ts";

/** As many as fetch() follows: https://fetch.spec.whatwg.org/#http-redirect-fetch */
const MAX_REDIRECTS = 20;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

export interface FollowedRequest {
  readonly url: string;
  readonly method: string;
  /** Sent wherever a redirect leads. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sent to the origin of `url`, and never again after a redirect has led away from it. */
  readonly originHeaders: Readonly<Record<string, string>>;
  /** False to take a redirect for the answer. */
  readonly follow: boolean;
}

export interface FinalAnswer {
  readonly response: Response;
  /** Who gave it. */
  readonly url: URL;
  /** Whether a redirect has led away from the first origin. */
  readonly hasLeft: boolean;
}

/**
 * Follows redirects one by one: fetch() would send every header but Authorization along to other hosts. Who is led back
 * is not given them again either, since another host chose what is asked for then.
 *
 * @param route is given each address before it is requested: what is thrown is the last one's
 * @throws RedirectError for a redirect that cannot be followed
 */
export async function followRedirects(
  request: FollowedRequest,
  { network, signal }: ProbeAgainContext,
  route: URL[],
): Promise<FinalAnswer> {
  let url = new URL(request.url);
  const { origin } = url;
  let { method } = request;
  let hasLeft = false;
  for (let redirects = 0; ; redirects += 1) {
    route.push(url);
    const headers = hasLeft ? request.headers : { ...request.headers, ...request.originHeaders };
    const response = await network.fetch(url.href, {
      method,
      headers,
      redirect: "manual",
      cache: "no-store",
      signal,
    });
    const leads = request.follow && REDIRECTS.has(response.status);
    const location = leads ? response.headers.get("location") : null;
    // Without one, or with an empty one, it leads nowhere and is the answer.
    if (location === null || location === "") return { response, url, hasLeft };
    // Not waited for: nothing of it is wanted.
    response.body?.cancel().catch(() => undefined);
    if (redirects === MAX_REDIRECTS) throw new RedirectError("redirects without end");
    method = methodAfter(response.status, method);
    url = parseLocation(location, url);
    hasLeft ||= url.origin !== origin;
  }
}

/** Browsers have always turned a POST into a GET; all else is done again as it was. */
function methodAfter(status: number, method: string): string {
  const becomesGet =
    status === 303 ? method !== "GET" && method !== "HEAD" : status < 303 && method === "POST";
  return becomesGet ? "GET" : method;
}

/** @throws RedirectError that shows nothing but the scheme: the rest of such an address is often a secret */
function parseLocation(location: string, from: URL): URL {
  const url = URL.parse(location, from.href);
  if (url !== null && !isHttp(url)) throw new RedirectError(notHttp(url));
  if (url === null || problemOfHostname(url.hostname) !== null) {
    throw new RedirectError("redirects to an address that cannot be requested");
  }
  // fetch() would not send them.
  url.username = "";
  url.password = "";
  return url;
}
