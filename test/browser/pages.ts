/** Every page there is. A page that is added is added here, and is looked at in all of these tests. */
import { jobId } from "../../src/domain/pages/job-id.ts";
import type { Viewer } from "../support/browser.ts";

export interface ListedPage {
  /** Also the name of its pictures. */
  readonly name: string;
  readonly path: string;
  readonly as: Viewer;
}

export const PAGES: readonly ListedPage[] = [
  { name: "overview", path: "/", as: "stranger" },
  { name: "overview-of-owner", path: "/", as: "owner" },
  { name: "job", path: `/jobs/${jobId('Steered["Stock"]')}`, as: "stranger" },
  { name: "job-of-owner", path: `/jobs/${jobId('Steered["vault"]')}?range=7d`, as: "owner" },
  { name: "incidents", path: "/incidents", as: "stranger" },
  { name: "incidents-of-owner", path: "/incidents", as: "owner" },
  { name: "outbox", path: "/outbox", as: "owner" },
  { name: "sign-in", path: "/sign-in", as: "stranger" },
];
