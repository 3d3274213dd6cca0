import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

type Options = NonNullable<Parameters<typeof secureHeaders>[0]>;

const COMMON: Options = {
  crossOriginOpenerPolicy: "same-origin",
  crossOriginResourcePolicy: "same-origin",
  permissionsPolicy: {
    camera: false,
    clipboardRead: false,
    displayCapture: false,
    geolocation: false,
    microphone: false,
    payment: false,
    usb: false,
  },
  // A year. The owner's other subdomains are not this Worker's to decide about.
  strictTransportSecurity: "max-age=31536000",
  xContentTypeOptions: "nosniff",
  xFrameOptions: "DENY",
  // Headers that only browsers of the past know.
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
};

/** What a browser may do with an answer that is no page, which is nothing but show it. */
const STRICT: Options = {
  ...COMMON,
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  referrerPolicy: "no-referrer",
};
const POLICY = secureHeaders(STRICT);
/** The same, but that a page of another site may show it as its own image. */
const EMBEDDABLE_POLICY = secureHeaders({ ...STRICT, crossOriginResourcePolicy: "cross-origin" });

/**
 * A page may load files of this Worker, ask it again and send it forms; nothing from elsewhere, and nothing that stands in
 * the page itself. The one place where this is decided.
 */
const PAGE_POLICY = secureHeaders({
  ...COMMON,
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  // Without a referrer a browser also hides where a form comes from (Origin: null), by which forgeries are known.
  referrerPolicy: "same-origin",
});

declare module "hono" {
  /** What a route may ask for by c.set(), as the headers that it writes itself are written over. */
  interface ContextVariableMap {
    /** How the answer may be stored. Default: not at all. */
    cacheControl?: string;
    /** Default false: no page of another site may show it. */
    isEmbeddable?: boolean;
  }
}

const byKind: MiddlewareHandler = async (c, next) => {
  await next();
  const isPage = c.res.headers.get("content-type")?.startsWith("text/html") === true;
  const policy = isPage ? PAGE_POLICY : c.get("isEmbeddable") === true ? EMBEDDABLE_POLICY : POLICY;
  await policy(c, () => Promise.resolve());
};

/**
 * Nobody stores an answer, unless its route says so: each is about this moment. c.header() also makes a copy of an answer
 * whose headers are fixed, such as one that fetch() gave, so it stands between the routes and the policies.
 */
const unstored: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("cache-control", c.get("cacheControl") ?? "no-store");
};

/** For every route, and before all of them. */
export const securityHeaders: readonly [MiddlewareHandler, MiddlewareHandler] = [byKind, unstored];
