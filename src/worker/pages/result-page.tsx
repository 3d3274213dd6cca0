import type { Context } from "hono";
import { MessagePage } from "../../web/pages/message-page.tsx";
import type { Caller } from "../auth/callers.ts";
import type { Bindings } from "../env.ts";
import { documentOf } from "./html.ts";

type Env = { Bindings: Bindings };

/** Who is not the owner is told so. */
export function refuse(c: Context<Env>, { kind }: Caller): Response | Promise<Response> {
  if (kind !== "blocked") {
    return answer(c, 401, "Sign in first", "Only this Checker's owner may do this.", "/sign-in");
  }
  c.header("retry-after", "60");
  const text = "Too many wrong tokens came from your address. Wait a minute, then try again.";
  return answer(c, 429, "Too many tries", text, "/sign-in");
}

export function wantsJson(c: Context<Env>): boolean {
  return /\bapplication\/json\b/.test(c.req.header("accept") ?? "");
}

/** What came of a request, as a page or as JSON. */
export function answer(
  c: Context<Env>,
  status: 200 | 400 | 401 | 404 | 409 | 429 | 503,
  title: string,
  text: string,
  back: string | null,
): Response | Promise<Response> {
  if (wantsJson(c)) return c.json({ title, text }, status);
  const isAdmin = status !== 401 && status !== 429;
  const page = (
    <MessagePage title={title} audience={isAdmin ? "admin" : "public"} canSignIn isResult>
      {text.split("\n").map((line) => (
        <p>{line}</p>
      ))}
      <p>
        <a href={back ?? "/"}>{isAdmin ? "Back" : "Sign in"}</a>
      </p>
    </MessagePage>
  );
  return c.html(documentOf(page), status);
}
