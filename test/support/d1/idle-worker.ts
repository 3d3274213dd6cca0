/** A Worker that does nothing by itself: its database is what a test wants. */
import { answerSql } from "./remote-worker.ts";

export default {
  async fetch(request: Request, env: { readonly DB: D1Database }): Promise<Response> {
    return (await answerSql(request, env.DB)) ?? new Response("nothing here", { status: 404 });
  },
};
