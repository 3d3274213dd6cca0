/** A job file that could not be loaded, or a spawner or an entry of it that could not be made. */
export interface JobLoadError {
  readonly name: string;
  readonly message: string;
}

/** That the admin was notified of a fault. */
export interface NotifiedLoadError extends JobLoadError {
  /** Since when no tick has seen it, Unix ms; null while ticks do. */
  readonly absentSinceMs: number | null;
}
