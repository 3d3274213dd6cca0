import type { MiddlewareHandler } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";

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
