/** Checker could not start or go on. The message is for the person in front of the terminal: cause and remedy. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  readonly code = "START_FAILED";
}
