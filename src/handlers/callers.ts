import type { Context } from "hono";
import type { AccessKeys } from "../adapters/access/access-keys.ts";
import { logError, logWarning } from "../adapters/log.ts";
import type { Viewer } from "../domain/pages/overview.ts";
import type { Clock } from "../domain/ports.ts";
import type { Bindings } from "./env.ts";
import { hasToken, identify } from "./identify.ts";
import { TokenTries } from "./token-tries.ts";

/** Who calls, or why he is not listened to. */
export type Caller =
  | { readonly kind: Viewer }
  /** An Authorization header that is not the owner's: he believes to be known, and is to learn that he is not. */
  | { readonly kind: "wrong token" }
  | { readonly kind: "blocked" }
  /** Cloudflare Access cannot be asked. */
  | { readonly kind: "unknown" };

/** Programs that ask: unlike people, they are never taken for strangers where they say to be the owner. */
export class Callers {
  readonly #keys: AccessKeys;
  readonly #clock: Clock;
  readonly #tries = new TokenTries();

  constructor(keys: AccessKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  async of(c: Context<{ Bindings: Bindings }>): Promise<Caller> {
    const nowMs = this.#clock.nowMs();
    if (c.req.header("authorization") !== undefined) {
      if (this.#tries.isBlocked(c, nowMs)) return { kind: "blocked" };
      if (await hasToken(c)) return { kind: "owner" };
      if (await this.#tries.countWrong(c, nowMs)) return { kind: "wrong token" };
      logWarning("Wrong tokens were sent too often from one address");
      return { kind: "blocked" };
    }
    const visitor = await identify(c, this.#keys, this.#clock);
    if (visitor.kind !== "unknown") return visitor;
    logError(`Cloudflare Access cannot be asked who a request is from: ${visitor.reason}`);
    return { kind: "unknown" };
  }
}
