import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import type { Bindings } from "./env.ts";

const check = csrf();

/**
 * Refuses what a page of another site made a browser send (cross-site request forgery): by Sec-Fetch-Site, or by Origin
 * where a browser knows no other. Before every route that changes something for who is known by a cookie.
 */
export const ownForms: MiddlewareHandler = async (c, next) => {
  try {
    return await check(c, next);
  } catch (error) {
    if (!(error instanceof HTTPException)) throw error;
    return c.text("Refused: this was not sent by a page of this Checker\n", 403);
  }
};

/** No form of ours is longer, bytes. */
const MAX_FORM = 10_000;
const limited = bodyLimit({ maxSize: MAX_FORM });

/** The fields of a form; null for what is none, or is longer than any of ours. */
export async function readForm<Path extends string>(
  c: Context<{ Bindings: Bindings }, Path>,
): Promise<Readonly<Record<string, unknown>> | null> {
  let form: Readonly<Record<string, unknown>> | null = null;
  try {
    await limited(c, async () => {
      form = await c.req.parseBody();
    });
  } catch {
    // Too long, or no form: whoever sent it is told by what then is missing.
    return null;
  }
  return form;
}
