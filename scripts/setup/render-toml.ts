/** What setup writes: settings are texts, numbers, flags, lists and tables. */
export type TomlValue =
  string | number | boolean | readonly TomlValue[] | { readonly [name: string]: TomlValue };

/** On one line. */
export function renderToml(value: TomlValue): string {
  if (typeof value === "string") return renderText(value);
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map(renderToml).join(", ")}]`;
  const parts = Object.entries(value).map(([name, one]) => `${renderKey(name)} = ${renderToml(one)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

export function renderKey(name: string): string {
  return /^[\w-]+$/.test(name) ? name : renderText(name);
}

/** JSON's escapes are TOML's too, but it leaves one control character as it is. */
function renderText(text: string): string {
  return JSON.stringify(text).replaceAll("\u007F", String.raw`\u007F`);
}

function isList(value: object): value is readonly TomlValue[] {
  return Array.isArray(value);
}
