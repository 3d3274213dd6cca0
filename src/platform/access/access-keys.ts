import * as v from "valibot";
import type { Clock, Network } from "../../core/ports.ts";
import { errorText } from "../../core/text.ts";
import { ProbeTimeout, withSignalTimeout } from "../../core/time/deadline.ts";

/** A public key of a team, as RFC 7517 writes an RSA key. */
export interface AccessKey {
  readonly kid: string;
  readonly kty: "RSA";
  readonly n: string;
  readonly e: string;
}

export type KeySearch =
  | { readonly kind: "found"; readonly key: AccessKey }
  /** The team has no key of that id. */
  | { readonly kind: "none" }
  /** The team's keys cannot be had, so nothing is known. */
  | { readonly kind: "unavailable"; readonly reason: string };

const FETCH_MS = 3_000;
/** Two keys with their certificates are some 8 KB. */
const MAX_BYTES = 64 * 1024;
/** Keys are changed every six weeks, and an old one stays good for a week. */
const KEEP_MS = 3_600_000;
/** An id that is unknown may be a new key, or made up: a flood of those must not become a flood of requests. */
const ASK_AGAIN_MS = 30_000;

/** Nor must strangers' requests while the keys cannot be had. */
const ASK_FAILED_AFTER_MS = 5_000;

const KeySet = v.object({ keys: v.array(v.unknown()) });
const Key = v.object({ kid: v.string(), kty: v.literal("RSA"), n: v.string(), e: v.string() });

/**
 * The keys with which Cloudflare Access signs for a team, kept for an hour. An instance lives as long as its
 * isolate, and may serve many requests.
 *
 * Source: https://developers.cloudflare.com/cloudflare-one/access-controls/applications/http-apps/authorization-cookie/validating-json/
 */
export class AccessKeys {
  readonly #network: Network;
  readonly #clock: Clock;
  #kept: { readonly teamDomain: string; readonly keys: readonly AccessKey[]; readonly atMs: number } | null =
    null;

  #failed: { readonly teamDomain: string; readonly reason: string; readonly atMs: number } | null = null;

  constructor(network: Network, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  async find(teamDomain: string, kid: string): Promise<KeySearch> {
    const known = this.#known(teamDomain, kid);
    if (known !== null) return known;
    const failed = this.#failed;
    if (
      failed?.teamDomain === teamDomain &&
      Math.abs(this.#clock.nowMs() - failed.atMs) < ASK_FAILED_AFTER_MS
    ) {
      return { kind: "unavailable", reason: failed.reason };
    }
    try {
      const keys = await withSignalTimeout(FETCH_MS, new AbortController().signal, (signal) =>
        fetchKeys(this.#network, teamDomain, signal),
      );
      this.#kept = { teamDomain, keys, atMs: this.#clock.nowMs() };
      return searchIn(keys, kid);
    } catch (error) {
      const reason = error instanceof ProbeTimeout ? error.message : errorText(error);
      this.#failed = { teamDomain, reason, atMs: this.#clock.nowMs() };
      return { kind: "unavailable", reason };
    }
  }

  /** Null when the team has to be asked. */
  #known(teamDomain: string, kid: string): KeySearch | null {
    if (this.#kept === null || this.#kept.teamDomain !== teamDomain) return null;
    const ageMs = this.#clock.nowMs() - this.#kept.atMs;
    if (ageMs < 0 || ageMs >= KEEP_MS) return null;
    const search = searchIn(this.#kept.keys, kid);
    return search.kind === "found" || ageMs < ASK_AGAIN_MS ? search : null;
  }
}

function searchIn(keys: readonly AccessKey[], kid: string): KeySearch {
  const key = keys.find((one) => one.kid === kid);
  return key === undefined ? { kind: "none" } : { kind: "found", key };
}

async function fetchKeys(
  network: Network,
  teamDomain: string,
  signal: AbortSignal,
): Promise<readonly AccessKey[]> {
  // A redirect would let another host say who the owner is.
  const response = await network.fetch(`https://${teamDomain}/cdn-cgi/access/certs`, {
    redirect: "manual",
    cache: "no-store",
    signal,
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the team's domain answered HTTP ${response.status}`);
  }
  const { keys } = v.parse(KeySet, JSON.parse(await readText(response)));
  // A key of another type is none of those that sign with RS256, and no fault.
  return keys.flatMap((key) => {
    const parsed = v.safeParse(Key, key);
    return parsed.success ? [parsed.output] : [];
  });
}

/** The body, which ends the connection when it is longer than keys are. */
async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  for await (const chunk of (response.body as ReadableStream<Uint8Array> | null) ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) throw new Error("the team's domain answered with more than 64 KB");
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
