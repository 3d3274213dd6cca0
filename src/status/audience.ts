/** Who looks at a page. */
export type Audience = "admin" | "public";

/** Why something cannot be shown: only the owner sees the reason. */
export function explainFault(audience: Audience, reason: string): string {
  return audience === "admin" ? reason : "Whoever runs it is told by others. Try again in a while.";
}
