import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";

/**
 * What a browser may do with an answer of this Worker, which is nothing but show it. The one place where
 * this is decided: a page that needs more says so here.
 */
const POLICY = secureHeaders({
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
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
  referrerPolicy: "no-referrer",
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
});

/**
 * Nobody stores an answer: each is about this moment. c.header() also makes a copy of an answer whose headers
 * are fixed, such as one that fetch() gave, so it stands between the routes and POLICY.
 */
const unstored: MiddlewareHandler = async (c, next) => {
  await next();
  c.header("cache-control", "no-store");
};

/** For every route, and before all of them. */
export const securityHeaders: readonly [MiddlewareHandler, MiddlewareHandler] = [POLICY, unstored];
