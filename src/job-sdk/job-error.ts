import { errorText } from "../core/text.ts";

/** A job that was written in a way that cannot work. `code` is stable, `message` is for its author. */
export class JobError extends Error {
  override readonly name = "JobError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Why a job could not be made, for its author: our own messages as they stand, others with their type. */
export function jobErrorText(thrown: unknown): string {
  return thrown instanceof JobError ? thrown.message : errorText(thrown, 1000);
}
