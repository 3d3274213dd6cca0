/** What to do where there is no promtool. */
export const PROMTOOL_REMEDY =
  "Install it (Debian: apt-get install prometheus), or say in PROMTOOL where it is.";
