import { Hono, type Context } from "hono";
import { logError } from "../../platform/log.ts";
import type { Platform } from "../../platform/platform.ts";
import { MINUTE_MS } from "../../core/time/frequency.ts";
import { errorText } from "../../core/text.ts";
import type { AdminResult, AdminCommand } from "../../admin/commands.ts";
import type { Callers } from "../auth/callers.ts";
import type { Bindings } from "../env.ts";
import { readForm } from "../auth/csrf.ts";
import { answer, refuse, wantsJson } from "./result-page.tsx";
import type { AdminTask } from "../rpc.ts";

type Env = { Bindings: Bindings };
/** Does it where there is no object to do it. */
export type ActInPlace = (task: AdminTask, env: Bindings) => Promise<AdminResult>;

/** Of the object that does what the owner asks for: a run may take longer than a request of the Free plan. */
const ASKED = "asked";

const STATUSES = { done: 200, "nothing to do": 409, "not found": 404, refused: 400 } as const;
const TITLES = {
  done: "Done",
  "nothing to do": "Nothing was changed",
  "not found": "There is no such job",
  refused: "This cannot be done",
} as const;
const NO_TIME = "Give a number of minutes in “for”, or a time in UTC such as 2026-12-01T22:00 in “until”.";
const NO_RECIPIENT = "Give the address whose messages are to be dropped in “to”.";

/** What the owner may do. Requests of other sites are refused before (own-forms.ts). */
export function createActions({ clock }: Platform, callers: Callers, actInPlace: ActInPlace): Hono<Env> {
  const actions = new Hono<Env>();

  /**
   * @param wanted what is asked for, or null where that is not said: read only once it is the owner who asks
   * @param incomplete what to say where it is null
   * @param back the page on which what was done is to be read
   */
  const act = async (
    c: Context<Env>,
    wanted: AdminCommand | (() => Promise<AdminCommand | null>),
    back: string | null,
    incomplete = NO_TIME,
  ): Promise<Response> => {
    const visitor = await callers.visitor(c);
    if (visitor.kind !== "admin") return refuse(c, visitor);
    const request = typeof wanted === "function" ? await wanted() : wanted;
    if (request === null) return answer(c, 400, TITLES.refused, incomplete, back);
    let done: AdminResult;
    try {
      done = await perform({ request, by: visitor.by }, c.env, actInPlace);
    } catch (error) {
      const reason = errorText(error, 500);
      logError(`What the owner asked for failed (${request.kind}): ${reason}`);
      return answer(c, 503, "It may not have been done", `Look before you try again. Cause: ${reason}`, back);
    }
    if (done.kind === "done" && back !== null && !wantsJson(c)) return c.redirect(back, 303);
    return answer(c, STATUSES[done.kind], TITLES[done.kind], done.text, back);
  };

  const job = "/jobs/:id{[0-9a-z]{14}}";
  const idOf = (c: Context<Env>): string => c.req.param("id") ?? "";
  const recordOf = (c: Context<Env>): string => `/jobs/${idOf(c)}#did`;

  for (const kind of ["run", "acknowledge"] as const) {
    actions.post(`${job}/${kind}`, (c) => act(c, { kind, job: idOf(c) }, recordOf(c)));
  }
  const silence = (c: Context<Env>, id: string | null, back: string): Promise<Response> => {
    const wanted = async (): Promise<AdminCommand | null> => {
      const untilMs = untilOf((await readForm(c)) ?? {}, clock.nowMs());
      return untilMs === null ? null : { kind: "silence", job: id, untilMs };
    };
    return act(c, wanted, back);
  };
  actions.post(`${job}/silence`, (c) => silence(c, idOf(c), recordOf(c)));
  actions.post(`${job}/end-silence`, (c) => act(c, { kind: "end silence", job: idOf(c) }, recordOf(c)));
  actions.post("/silence", (c) => silence(c, null, "/"));
  actions.post("/end-silence", (c) => act(c, { kind: "end silence", job: null }, "/"));
  // Its answer is the point of it.
  actions.post("/test-mail", (c) => act(c, { kind: "test mail" }, null));
  for (const kind of ["retry", "drop"] as const) {
    actions.post(`/outbox/:id/${kind}`, (c) =>
      act(c, { kind: `${kind} message`, id: idOf(c) }, "/outbox#did"),
    );
  }
  const dropAll = async (c: Context<Env>): Promise<AdminCommand | null> => {
    const { to } = (await readForm(c)) ?? {};
    return typeof to === "string" && to.trim() !== "" ? { kind: "drop messages", to: to.trim() } : null;
  };
  // Not below /outbox/: hono's fast router cannot tell it from /outbox/:id/drop, and takes one that a method named
  // __proto__ breaks.
  actions.post("/recipients/drop", (c) => act(c, () => dropAll(c), "/outbox#did", NO_RECIPIENT));
  return actions;
}

async function perform(task: AdminTask, env: Bindings, actInPlace: ActInPlace): Promise<AdminResult> {
  // Not in place when the object fails: it may have done it.
  return env.RUNNERS === undefined ? actInPlace(task, env) : env.RUNNERS.getByName(ASKED).act(task);
}

/** Null where the form says no time. */
function untilOf(form: Readonly<Record<string, unknown>>, nowMs: number): number | null {
  const { until, for: minutes } = form;
  if (typeof until === "string" && until !== "") {
    const untilMs = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/.test(until) ? Date.parse(`${until}Z`) : Number.NaN;
    return Number.isNaN(untilMs) ? null : untilMs;
  }
  return typeof minutes === "string" && /^[1-9]\d{0,8}$/.test(minutes)
    ? nowMs + Number(minutes) * MINUTE_MS
    : null;
}
