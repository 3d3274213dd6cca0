import type { Row } from "./lines.ts";

/** Where history is read from. */
export interface Database {
  /** For people. */
  readonly name: string;
  /** Characters of records that one answer may hold. */
  readonly pageLength: number;
  /** Runs one statement that only reads. @throws ExportFailure */
  query(sql: string): Promise<readonly Row[]>;
  close(): void;
}

/** History could not be read or written. The message is for the person in front of the terminal. */
export class ExportFailure extends Error {
  override readonly name: string = "ExportFailure";
  readonly code: string = "EXPORT_FAILED";
}

/** There is no database where it was looked for. */
export class NoDatabase extends ExportFailure {
  override readonly name = "NoDatabase";
  override readonly code = "NO_DATABASE";
}
