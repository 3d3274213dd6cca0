import type { ApiCall } from "../../api/resources.ts";
import type { BadgeSubject } from "../../domain/pages/badge.ts";
import type { Viewer } from "../../domain/pages/overview.ts";
import type { ExpositionFormat } from "../../views/exposition.ts";

/** What a program asks for. */
export type AnswerWanted =
  | { readonly kind: "resource"; readonly call: ApiCall }
  | {
      readonly kind: "badge";
      readonly subject: BadgeSubject;
      /** Instead of its own; null where none is given. */
      readonly label: string | null;
      readonly form: "svg" | "json";
    }
  /** For the owner alone. */
  | { readonly kind: "metrics"; readonly format: ExpositionFormat }
  /** The description of all resources. */
  | { readonly kind: "openapi" };

/** And for whom. Goes to another object as it is. */
export interface AnswerTask {
  readonly wanted: AnswerWanted;
  readonly viewer: Viewer;
}

/** Goes back from there. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** As the header has it; null for what is no answer to be kept. */
  readonly etag: string | null;
  /** Of a list: `cursor` of its next page. */
  readonly next: string | null;
}

export const JSON_TYPE = "application/json";
export const SVG_TYPE = "image/svg+xml";
export const PROBLEM_TYPE = "application/problem+json";
