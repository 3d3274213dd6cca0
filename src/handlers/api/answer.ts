import type { ApiCall } from "../../api/resources.ts";
import type { Viewer } from "../../domain/pages/overview.ts";
import type { ExpositionFormat } from "../../views/exposition.ts";

/** What a program asks for. */
export type AnswerWanted =
  | { readonly kind: "resource"; readonly call: ApiCall }
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
export const PROBLEM_TYPE = "application/problem+json";
