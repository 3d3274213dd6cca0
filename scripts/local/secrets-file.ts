import { join } from "node:path";
import { parseEnv } from "node:util";
import { readText } from "../lib/read-text.ts";
import { StartFailure } from "./start-failure.ts";

/** Variables by name. */
export type Variables = Readonly<Record<string, string>>;

/** What .dev.vars in the project's folder sets; nothing when there is no such file. */
export async function readDevVars(root: string): Promise<Variables> {
  try {
    const values = parseEnv(await readText(join(root, ".dev.vars")));
    return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value ?? ""]));
  } catch (thrown) {
    if (thrown instanceof Error && "code" in thrown && thrown.code === "ENOENT") return {};
    throw new StartFailure(`.dev.vars is not readable: ${String(thrown)}`, { cause: thrown });
  }
}

/**
 * The variables as the text of an env file that wrangler reads back unchanged. Throws StartFailure for a
 * value that no quoting of that format can hold.
 */
export function renderEnvFile(variables: Variables): string {
  return Object.entries(variables)
    .map(([name, value]) => {
      // A quotation mark inside the same quotes can not be escaped. Double quotes are the last resort: in
      // them \n means a line's end.
      const quote = ["'", "`", '"'].find((mark) => !value.includes(mark));
      if (quote === undefined || (quote === '"' && value.includes("\\"))) {
        throw new StartFailure(`${name} in .dev.vars mixes kinds of quotation marks; leave one kind out`);
      }
      // wrangler expands $NAME in such a file, though not in .dev.vars.
      return `${name}=${quote}${value.replaceAll("$", String.raw`\$`)}${quote}\n`;
    })
    .join("");
}
