export interface FoundJob {
  /** The file's name without its ending: the class's name and the first part of every identity. */
  readonly name: string;
  /** With its ending. */
  readonly file: string;
  readonly path: string;
}
