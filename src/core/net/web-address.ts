import { holdsInvisible, HOLDS_INVISIBLE, problemOfHostname } from "./host-name.ts";

/** Of an address with a user or a password. fetch() refuses it, and addresses are read by people. */
export const HOLDS_CREDENTIALS = "holds a user or a password";

/**
 * What is wrong with an HTTP address that somebody wrote, as the end of a sentence; null for nothing. The URL parser
 * repairs much in silence (spaces, line ends, backslashes, missing slashes), and would ask for something else than was meant.
 */
export function problemOfWebAddress(text: string): string | null {
  if (/\p{Cc}/u.test(text)) return "holds a control character";
  if (/\p{White_Space}/u.test(text)) return "holds a space; where one belongs, write %20";
  if (holdsInvisible(text)) return HOLDS_INVISIBLE;
  if (!/^https?:\/\//i.test(text)) return "does not begin with https:// or http://";
  const url = URL.parse(text);
  if (url === null) return "is not an address";
  if (url.username !== "" || url.password !== "") return HOLDS_CREDENTIALS;
  if (/^https?:\/\/[/\\]/i.test(text)) return "has no host after its two slashes";
  if (/^[^?#]*\\/.test(text)) return "holds a backslash; write a slash";
  if (url.port === "0") return "has the port 0; give one from 1 to 65535";
  const problem = problemOfHostname(url.hostname);
  return problem === null ? null : `has a host that ${problem}`;
}

/** `text` without what may be a user and a password: all from what begins an authority to the last @, as both may hold either. */
export function hideCredentials(text: string): string {
  return text.replace(/(:\/*|[/\\]{2,})[^]*@/, "$1…@");
}
