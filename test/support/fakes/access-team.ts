/** A team of Cloudflare Access with keys of its own, and every assertion that it, or a forger, would make. */
import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import type { AccessSettings } from "../../../src/core/settings.ts";

export const ACCESS: AccessSettings = {
  teamDomain: "myteam.cloudflareaccess.com",
  audience: "32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228",
};

export type Claims = Readonly<Record<string, unknown>>;

export interface SigningKey {
  /** As it stands in the team's list. */
  readonly jwk: Readonly<Record<string, unknown>>;
  /** An assertion signed with it. `header` and `claims` are changes to what Access writes; undefined leaves one out. */
  assertion(claims?: Claims, header?: Claims): string;
  /** The same, but with the signature that `how` makes of the two parts before it; none unless given. */
  forged(header: Claims, how?: (signed: string) => Uint8Array): string;
}

/** The seconds of Unix time in which a JWT counts. */
export function seconds(fromNow = 0): number {
  return Math.floor(Date.now() / 1000) + fromNow;
}

export function signingKey(kid: string): SigningKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = { kid, alg: "RS256", use: "sig", ...publicKey.export({ format: "jwk" }) };
  const made = (claims: Claims, header: Claims, how: (signed: string) => Uint8Array): string => {
    const whole = { alg: "RS256", kid, typ: "JWT", ...header };
    const signed = [whole, { ...ownersClaims(), ...claims }].map(encode).join(".");
    return `${signed}.${base64Url(how(signed))}`;
  };
  return {
    jwk,
    assertion: (claims = {}, header = {}) => made(claims, header, (signed) => rs256(signed, privateKey)),
    forged: (header, how = () => new Uint8Array()) => made({}, header, how),
  };
}

/** As somebody signs who has nothing but the public key, and hopes that it is taken for a password (CVE-2015-9235). */
export function hs256(password: string): (signed: string) => Uint8Array {
  return (signed) => createHmac("sha256", password).update(signed).digest();
}

function rs256(signed: string, key: KeyObject): Uint8Array {
  return sign("sha256", new TextEncoder().encode(signed), key);
}

/** What Access says of a person who has logged in. */
function ownersClaims(): Claims {
  return {
    aud: [ACCESS.audience],
    email: "owner@example.org",
    exp: seconds(60),
    iat: seconds(-60),
    nbf: seconds(-60),
    iss: `https://${ACCESS.teamDomain}`,
    type: "app",
    sub: "7335d417-61da-459d-899c-0a01c76a2f94",
    country: "US",
  };
}

function encode(part: unknown): string {
  return base64Url(new TextEncoder().encode(JSON.stringify(part)));
}

/** RFC 7515 appendix C. */
function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("=", "")
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}
