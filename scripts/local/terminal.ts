import type { Paint } from "./lines.ts";

/** How this talks to the person in front of the terminal. */
export interface Terminal {
  readonly paint: Paint;
  /** Prints whole lines. */
  readonly print: (text: string) => void;
}
