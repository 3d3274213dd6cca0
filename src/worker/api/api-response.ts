import type { ApiCall } from "../../web/api/resources.ts";
import type { BadgeSubject } from "../../status/badge.ts";
import type { ExpositionFormat } from "../../web/metrics/exposition.ts";
import type { Audience } from "../../status/audience.ts";

/** What a program asks for. */
type ApiRequest =
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
export interface ApiTask {
  readonly wanted: ApiRequest;
  readonly audience: Audience;
}

/** Goes back from there. */
export interface ApiResponse {
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
