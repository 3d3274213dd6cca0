/** What the API has to tell of, and what its answers are held against. */
import { expect } from "vitest";
import { jobId } from "../../../src/core/job-id.ts";
import { expecting, type Expecting, type OpenApi } from "./openapi.ts";
import type { Checker } from "../worker/harness.ts";
import { failing, WELL } from "../worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, type Suite } from "../worker/suite.ts";

export const OWNER = { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } };
export const [SHOP, VAULT] = [jobId('Steered["shop"]'), jobId('Steered["vault"]')];

/** So many minutes after BASE, as the API writes it. */
export const at = (minutes: number): string => new Date(BASE + minutes * MINUTE).toISOString();

/** Holds answers against the document that a Worker itself gives. */
export async function documentOf(checker: Checker): Promise<Expecting> {
  const answer = await checker.fetch("/api/v1/openapi.json");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
  return expecting(await answer.json<OpenApi>());
}

/** A public job that failed for seven minutes, and a private one that is down. */
export async function failed(suite: Suite, name = "one"): Promise<Checker> {
  const checker = suite.checker(name);
  suite.steering.jobs = [
    { name: "shop", shownAs: "Our shop", group: "For all", isPublic: true },
    { name: "vault", group: "Cellar" },
  ];
  suite.steering.set("vault", failing("the door is open"));
  suite.steering.set("shop", failing("out of stock"));
  await checker.tick(BASE);
  suite.steering.set("shop", WELL);
  await checker.tick(BASE + 7 * MINUTE);
  return checker;
}

/** The answer's body, once it is found to be as the document says. */
export async function get<T = unknown>(
  expectDescribed: Expecting,
  checker: Checker,
  path: string,
  init: RequestInit = {},
): Promise<T> {
  const answer = await checker.fetch(path, init);
  expect([path, answer.status]).toEqual([path, 200]);
  return (await expectDescribed(path, answer)) as T;
}
