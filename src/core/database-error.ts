import { errorText } from "./text.ts";

/**
 * The database did not do what was asked: a fault on our side, never one of what is watched. Of a write
 * nobody knows whether it happened: the answer may have been lost on its way.
 */
export class DatabaseError extends Error {
  override readonly name = "DatabaseError";
  readonly code = "E_STORE";

  constructor(cause: unknown) {
    super(`the database does not answer: ${errorText(cause)}`, { cause });
  }
}
