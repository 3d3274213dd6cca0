/** A row that does not say what such a row can say, whoever wrote it. */
export interface CorruptRow {
  /** Its table. */
  readonly table: string;
  /** What names the row: a job, a frequency. */
  readonly key: string;
  readonly problem: string;
}
