import type { Context } from "hono";
import type { AccessKeys } from "../../platform/access/access-keys.ts";
import { logError, logWarning } from "../../platform/log.ts";
import type { Clock } from "../../core/ports.ts";
import type { Bindings } from "../env.ts";
import { adminToken } from "../../platform/settings/secrets.ts";
import { BY_TOKEN, hasToken, identifyByAccess, isBearer } from "./identify.ts";
import { sessionOf } from "./session.ts";
import { TokenTries } from "./token-tries.ts";

type Ask = Context<{ Bindings: Bindings }>;

/** Who calls, or why he is not listened to. */
export type Caller =
  /** `by`: as whom he is known. */
  | { readonly kind: "admin"; readonly by: string }
  | { readonly kind: "public" }
  /** An Authorization header that is not the owner's: he believes to be known, and is to learn that he is not. */
  | { readonly kind: "wrong token" }
  | { readonly kind: "blocked" }
  /** Cloudflare Access cannot be asked. */
  | { readonly kind: "unknown" };

/**
 * Who asks: whoever carries the secret ADMIN_TOKEN as a bearer token or has signed in with it, or whom Cloudflare Access
 * vouches for, is the owner. Any of them is enough. Wrong tokens are counted together, wherever they are tried.
 */
export class Callers {
  readonly #keys: AccessKeys;
  readonly #clock: Clock;
  readonly #tries = new TokenTries();
  /** Counted apart: whoever has signed in stays so beside a script of his that has an old token. */
  readonly #forgeries = new TokenTries();
  readonly #byRequest = new WeakMap<Request, Promise<Caller>>();

  constructor(keys: AccessKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  /** Of programs: unlike people, they are never taken for strangers where they say to be the owner. */
  async of(c: Ask): Promise<Caller> {
    return c.req.header("authorization") === undefined ? this.#identified(c) : this.byToken(c);
  }

  /** Of people, whose browser may send a header that is meant for something before this Worker. */
  async visitor(c: Ask): Promise<Caller> {
    const known: Caller = isBearer(c) ? await this.byToken(c) : { kind: "public" };
    if (known.kind === "admin") return known;
    const identified = await this.#identified(c);
    return identified.kind === "public" ? known : identified;
  }

  /** By the Authorization header only, whatever else the browser sent. One request counts once, however often this is asked. */
  byToken(c: Ask): Promise<Caller> {
    const known = this.#byRequest.get(c.req.raw) ?? this.#checkToken(c);
    this.#byRequest.set(c.req.raw, known);
    return known;
  }

  async #checkToken(c: Ask): Promise<Caller> {
    const nowMs = this.#clock.nowMs();
    if (this.#tries.isBlocked(c, nowMs)) return { kind: "blocked" };
    if (await hasToken(c)) return { kind: "admin", by: BY_TOKEN };
    if (await this.#tries.countWrong(c, nowMs)) return { kind: "wrong token" };
    logWarning("Wrong tokens were sent too often from one address");
    return { kind: "blocked" };
  }

  async #identified(c: Ask): Promise<Caller> {
    if (await this.#hasSession(c)) return { kind: "admin", by: BY_TOKEN };
    const visitor = await identifyByAccess(c, this.#keys);
    if (visitor.kind !== "unknown") return visitor;
    logError(`Cloudflare Access cannot be asked who a request is from: ${visitor.reason}`);
    return { kind: "unknown" };
  }

  /** A session is signed with the token, so one with a wrong signature is a wrong token as well. */
  async #hasSession(c: Ask): Promise<boolean> {
    const nowMs = this.#clock.nowMs();
    const token = adminToken(c.env);
    if (token === null || this.#forgeries.isBlocked(c, nowMs)) return false;
    const session = await sessionOf(c, token, nowMs);
    if (session === "forged" && !(await this.#forgeries.countWrong(c, nowMs))) {
      logWarning("Sessions that are not ours were sent too often from one address");
    }
    return session === "good";
  }
}
