/** Every page there is. A page that is added is added here, and is looked at in all of these tests. */
import { jobId } from "../../src/core/job-id.ts";
import type { Viewer } from "../support/browser/browser.ts";

export interface ListedPage {
  /** Also the name of its pictures. */
  readonly name: string;
  readonly path: string;
  readonly as: Viewer;
}

export const PAGES: readonly ListedPage[] = [
  { name: "overview", path: "/", as: "public" },
  { name: "overview-of-owner", path: "/", as: "admin" },
  { name: "job", path: `/jobs/${jobId('Steered["Stock"]')}`, as: "public" },
  { name: "job-of-owner", path: `/jobs/${jobId('Steered["vault"]')}?range=7d`, as: "admin" },
  { name: "incidents", path: "/incidents", as: "public" },
  { name: "incidents-of-owner", path: "/incidents", as: "admin" },
  { name: "outbox", path: "/outbox", as: "admin" },
  { name: "sign-in", path: "/sign-in", as: "public" },
];
