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
  override readonly name = "ExportFailure";
  readonly code = "EXPORT_FAILED";
}
