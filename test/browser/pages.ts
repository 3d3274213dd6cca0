/** Every page there is. A page that is added is added here, and is looked at in all of these tests. */
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
  { name: "sign-in", path: "/sign-in", as: "stranger" },
];
