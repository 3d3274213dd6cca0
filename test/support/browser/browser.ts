/** A real Chromium that looks at the pages of the Worker under test. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect } from "vitest";
import { CHROMIUM_REMEDY, findChromium, mustHaveChromium } from "../programs/chromium.ts";
import { ADMIN_TOKEN, type Suite } from "../worker/suite.ts";

const executablePath = findChromium();
if (executablePath === null && mustHaveChromium())
  throw new Error(`There is no Chromium for the tests in a browser. ${CHROMIUM_REMEDY}`);

/** `describe`, but left out where there is no Chromium. The reporter tells so. */
export const describeBrowser = executablePath === null ? describe.skip : describe;

/** Where pictures of pages go, for people to look at. */
export const SCREENSHOTS = process.env["CHECKER_SCREENSHOTS"] ?? join(tmpdir(), "checker-screenshots");

export type Viewer = "public" | "admin";

export interface VisitOptions extends BrowserContextOptions {
  /** Default `stranger`. */
  readonly as?: Viewer;
}

/** Somebody at a browser of their own, with nothing in it. */
export interface Visit {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses of everything that was asked for. */
  readonly requests: readonly string[];
  /** Requests that failed or went elsewhere, errors of scripts and of the console. None may be left at a test's end. */
  readonly troubles: string[];
  /** Opens an address of the Worker. */
  readonly open: (path: string) => Promise<void>;
  /** What a person reads in the page's body. */
  readonly text: () => Promise<string>;
}

export interface Visitors {
  readonly visit: (options?: VisitOptions) => Promise<Visit>;
}

/** One browser for a test file. Every visit has cookies, storage and cache of its own, and ends with its test. */
export function useBrowser(suite: Suite): Visitors {
  let browser: Browser;
  const visits: Visit[] = [];
  /** The owner signs in once: tries are limited. */
  let session: Awaited<ReturnType<BrowserContext["storageState"]>> | null = null;

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath ?? "",
      // Chromium refuses to run its sandbox as root.
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
  });

  afterEach(async () => {
    const ended = visits.splice(0);
    await Promise.all(ended.map(({ context }) => context.close()));
    expect(ended.flatMap(({ troubles }) => troubles)).toEqual([]);
  });

  afterAll(() => browser.close());

  async function ownSession(): Promise<typeof session & object> {
    if (session !== null) return session;
    const context = await browser.newContext();
    const answer = await context.request.post(`${suite.url}sign-in`, {
      form: { token: ADMIN_TOKEN },
      headers: { origin: new URL(suite.url).origin },
    });
    expect(answer.status()).toBe(200);
    session = await context.storageState();
    await context.close();
    return session;
  }

  return {
    async visit({ as = "public", ...options } = {}) {
      const context = await browser.newContext({
        ...(as === "admin" && { storageState: await ownSession() }),
        ...options,
      });
      const page = await context.newPage();
      const { requests, troubles } = watch(page, suite.url);
      const visit: Visit = {
        page,
        context,
        requests,
        troubles,
        async open(path) {
          await page.goto(new URL(path, suite.url).href);
        },
        text: async () => (await page.locator("body").innerText()).replaceAll(/\s+/g, " ").trim(),
      };
      visits.push(visit);
      return visit;
    },
  };
}

/** Chromium tells what a Content-Security-Policy refused as an error of the console. */
function watch(page: Page, url: string): { requests: string[]; troubles: string[] } {
  const requests: string[] = [];
  const troubles: string[] = [];
  page.on("request", (request) => {
    requests.push(request.url());
    if (!request.url().startsWith(url)) troubles.push(`went elsewhere: ${request.url()}`);
  });
  page.on("requestfailed", (request) => {
    // Whoever goes on to the next page does not wait for what is left of this one.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") troubles.push(`failed: ${request.url()} ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) troubles.push(`answered ${response.status()}: ${response.url()}`);
  });
  page.on("pageerror", (error) => troubles.push(`a script threw: ${error.message}`));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  return { requests, troubles };
}
