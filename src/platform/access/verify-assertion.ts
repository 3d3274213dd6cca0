import { decode, verify } from "hono/jwt";
import type { AccessSettings } from "../../core/settings.ts";
import type { AccessKeys } from "./access-keys.ts";

/** What an assertion proves. Reasons are for the owner's log: they hold no part of the assertion. */
export type AssertionVerdict =
  /** `email`: whom it vouches for; null for what has none, such as a service token. */
  | { readonly kind: "valid"; readonly email: string | null }
  | { readonly kind: "refused"; readonly reason: string }
  /** Whether it is valid cannot be found out now. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The header in which Cloudflare Access sends it. The cookie of the same content is not sent always. */
export const ASSERTION_HEADER = "cf-access-jwt-assertion";

/** The one algorithm of Access. Any other is an attempt to have it checked by other rules than its signer's. */
const ALGORITHM = "RS256";
/** Access puts claims of an identity provider into it, which may be a few KB. */
const MAX_LENGTH = 16 * 1024;

/** What hono throws, by name. Its messages hold the token. */
const REFUSALS: Readonly<Record<string, string>> = {
  JwtTokenExpired: "it has expired",
  JwtTokenNotBefore: "it is not valid yet",
  JwtTokenIssuedAt: "it is not valid yet",
  JwtTokenIssuer: "it is from another team than ACCESS_TEAM_DOMAIN",
  JwtTokenAudience: "it is for another application than ACCESS_AUD",
  JwtPayloadRequiresAud: "it is for another application than ACCESS_AUD",
  JwtTokenSignatureMismatched: "its signature is wrong",
};

/**
 * Whether Cloudflare Access vouches for the sender of a request: the assertion (a JWT, RFC 7519) is signed
 * by the team, for this application, and its time is now. Never throws.
 *
 * Source: https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/application-token/
 */
export async function verifyAssertion(
  assertion: string,
  { teamDomain, audience }: AccessSettings,
  keys: AccessKeys,
): Promise<AssertionVerdict> {
  const kid = keyIdOf(assertion);
  if (kid === null) return refused("it is none of Cloudflare Access");
  const search = await keys.find(teamDomain, kid);
  if (search.kind === "unavailable") return { kind: "unknown", reason: search.reason };
  if (search.kind === "none") return refused("the team has no key of that id");
  try {
    const { kty, n, e } = search.key;
    const claims = await verify(
      assertion,
      { kty, n, e, alg: ALGORITHM },
      { alg: ALGORITHM, iss: `https://${teamDomain}`, aud: audience },
    );
    // hono takes a token without this claim for one that never expires.
    if (claims.exp === undefined) return refused("it has no end");
    const email: unknown = claims["email"];
    return { kind: "valid", email: typeof email === "string" && email !== "" ? email : null };
  } catch (error) {
    return refused((error instanceof Error ? REFUSALS[error.name] : undefined) ?? "it cannot be read");
  }
}

/** The id of the key that is said to have signed it; null when it cannot be an assertion. Costs no request. */
function keyIdOf(assertion: string): string | null {
  if (assertion.length > MAX_LENGTH) return null;
  try {
    const { alg, kid } = decode(assertion).header;
    return alg === ALGORITHM && typeof kid === "string" ? kid : null;
  } catch {
    return null;
  }
}

function refused(reason: string): AssertionVerdict {
  return { kind: "refused", reason };
}
