import { withMark } from "./own-events.ts";
import { NoAnswer, request, type Answer } from "./request.ts";
import {
  decodeRaw,
  has,
  hasRaw,
  isListedMail,
  toSentMail,
  type ListedMail,
  type SentMail,
} from "./sent-mail.ts";
import type { Report, ReportFrom } from "../../src/status/ports.ts";

/** What `/admin/report` answers: the report, and what `/status` says with its reason. */
export type ReportAnswer = Report & { readonly status: { readonly status: string; readonly reason: string } };

/** The Worker that runs on this machine. Each call rejects with an Error that says what went wrong. */
export interface LocalWorker {
  /** The word that `/status` answers. */
  status(): Promise<string>;
  report(from: ReportFrom): Promise<ReportAnswer>;
  /** Fires a cron event, and resolves when the Worker is done with it. Rejects with ErrorEscaped when it throws. */
  runScheduled(cron: string, scheduledAtMs: number): Promise<void>;
  /** Hands a message to the email handler: null when it was taken, else the reason why not. */
  deliver(from: string, to: string, raw: Uint8Array): Promise<string | null>;
  /** Newest first, a page at a time; `cursor` is that of the page before. */
  sentMails(cursor: string | null): Promise<{ mails: readonly SentMail[]; cursor: string | null }>;
  rawMail(messageId: string): Promise<Uint8Array>;
}

/** The handler threw, or a job when nobody waited for it any more. What it was, wrangler prints. */
export class ErrorEscaped extends Error {
  override readonly name = "ErrorEscaped";
  readonly code = "ERROR_ESCAPED";
}

const ANSWER_TIMEOUT_MS = 5_000;
/** Cloudflare's own limit for one cron event. */
const TICK_TIMEOUT_MS = 15 * 60_000;
/** Mail that is not taken by then is handed over again. */
const DELIVERY_TIMEOUT_MS = 60_000;

/** Asked for twice a second, so short; most ticks send nothing. */
const PAGE_LENGTH = 20;
const SENT_MAIL = "/cdn-cgi/local/explorer/api/local/email/sending";

/** @param baseUrl such as `http://127.0.0.1:8787` */
export function createLocalWorker(baseUrl: string, adminToken: string): LocalWorker {
  const get = (path: string, query: Record<string, string>, headers = {}): Promise<Answer> =>
    request(withQuery(baseUrl, path, query), { headers, timeoutMs: ANSWER_TIMEOUT_MS });
  return {
    async status() {
      const { status, text } = await get("/status", {});
      return status === 200 ? text.trim() : `error ${status}`;
    },
    async report(from) {
      const query = { ticks: String(from.tick), changes: String(from.change), gaps: String(from.gap) };
      const answer = await get("/admin/report", query, { authorization: `Bearer ${adminToken}` });
      const report: unknown = parseJson(answer);
      if (!isReport(report)) throw new Error(`/admin/report answered ${excerpt(answer)}`);
      return report;
    },
    async runScheduled(cron, scheduledAtMs) {
      const query = { cron: await withMark(adminToken, cron), time: String(scheduledAtMs) };
      const url = withQuery(baseUrl, "/cdn-cgi/local/scheduled", query);
      const answer = await post(url, TICK_TIMEOUT_MS);
      if (answer.status === 200) return;
      const failure = `the Worker ended it with: ${excerpt(answer)}`;
      throw answer.text === "exception" ? new ErrorEscaped(failure) : new Error(failure);
    },
    async deliver(from, to, raw) {
      const query = { from, to: await withMark(adminToken, to) };
      const url = withQuery(baseUrl, "/cdn-cgi/local/email", query);
      const answer = await post(url, DELIVERY_TIMEOUT_MS, raw);
      if (answer.status === 200) return null;
      return excerpt(answer).replace(/^Worker rejected email with the following reason: /, "");
    },
    async sentMails(cursor) {
      const query = { per_page: String(PAGE_LENGTH), ...(cursor === null ? {} : { cursor }) };
      const answer = await get(SENT_MAIL, query);
      const page: unknown = parseJson(answer);
      if (!isPage(page)) throw new Error(`wrangler's list of sent mail answered ${excerpt(answer)}`);
      return { mails: page.result.map(toSentMail), cursor: page.result_info?.cursor ?? null };
    },
    async rawMail(messageId) {
      const answer = await get(SENT_MAIL, { email_id: messageId });
      const detail: unknown = parseJson(answer);
      if (!isDetail(detail)) throw new Error(`wrangler's copy of a mail answered ${excerpt(answer)}`);
      return decodeRaw(detail.result);
    },
  };
}

/** What wrangler answers in the Worker's place when it was reloaded meanwhile. It repeats a GET by itself. */
const RELOADED = "Your worker restarted mid-request.";

async function post(url: string, timeoutMs: number, body?: Uint8Array): Promise<Answer> {
  const answer = await request(url, { method: "POST", timeoutMs, ...(body === undefined ? {} : { body }) });
  if (answer.status === 503 && answer.text.startsWith(RELOADED))
    throw new NoAnswer("the Worker was reloaded");
  return answer;
}

interface MailPage {
  readonly result: readonly ListedMail[];
  readonly result_info?: { readonly cursor?: string };
}

function withQuery(baseUrl: string, path: string, query: Record<string, string>): string {
  const url = new URL(path, baseUrl);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}

function parseJson(answer: Answer): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    return null;
  }
}

function excerpt({ status, text }: Answer): string {
  const line = (text.split("\n")[0] ?? "").trim().slice(0, 200);
  return line === "" ? `status ${status}` : line;
}

// Both sides of these answers are built from this folder's pinned packages: the guards tell a page that
// is something else altogether, such as an error, from the one that was asked for.

function isReport(value: unknown): value is ReportAnswer {
  if (!has(value, "ticks") || !has(value, "changes") || !has(value, "status")) return false;
  return Array.isArray(value.ticks) && Array.isArray(value.changes) && has(value.status, "reason");
}

function isPage(value: unknown): value is MailPage {
  return has(value, "result") && Array.isArray(value.result) && value.result.every(isListedMail);
}

function isDetail(value: unknown): value is { readonly result: { readonly rawBase64: string } } {
  return has(value, "result") && hasRaw(value.result);
}
