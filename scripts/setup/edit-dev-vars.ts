import { isDeepStrictEqual, parseEnv } from "node:util";
import { DEV_VARS } from "../lib/dev-vars.ts";
import { EditFailure } from "./edit-toml.ts";

/**
 * Sets a variable in the text of .dev.vars; everything else stays.
 *
 * @param text empty where there is no such file
 * @param value without line ends
 * @throws EditFailure where it stands in a way that is not edited here
 */
export function editDevVars(text: string, name: string, value: string): string {
  const before = parseEnv(text);
  const quote = /^[\w+/=.:-]*$/.test(value) ? "" : "'";
  const line = `${name}=${quote}${value}${quote}`;
  const lines = text.split("\n");
  const pattern = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=`);
  // Of several the last counts.
  const last = lines.findLastIndex((one) => pattern.test(one));
  const edited =
    last >= 0
      ? lines.with(last, `${line}${lines[last]?.endsWith("\r") === true ? "\r" : ""}`).join("\n")
      : `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}\n`;
  const wanted = { ...before, [name]: value };
  // What is left of a value of several lines would be read as nothing, and stay.
  const isOneLine = before[name]?.includes("\n") !== true;
  if (isOneLine && isDeepStrictEqual({ ...parseEnv(edited) }, wanted)) return edited;
  throw new EditFailure(
    `${name} stands there in a way that is not edited here. Hint: edit ${DEV_VARS} by hand`,
  );
}
