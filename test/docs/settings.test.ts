import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { SETTING_NAMES, parseSettings } from "../../src/platform/settings/parse-settings.ts";
import { SettingsSchema } from "../../src/platform/settings/schema.ts";

const root = join(import.meta.dirname, "../..");
const text = await readFile(join(root, "docs/reference/settings.md"), "utf8");
const [settingsText = "", secretsText = ""] = text.split("## Secrets");

interface Row {
  readonly name: string;
  /** As documented, without backticks. */
  readonly byDefault: string;
  readonly range: string;
}

const rows: readonly Row[] = [...settingsText.matchAll(/^\| `([A-Z_]+)` *\|([^|]*)\|([^|]*)\|/gm)].map(
  ([, name = "", byDefault = "", range = ""]) => ({
    name,
    byDefault: byDefault.replaceAll("`", "").trim(),
    range: range.trim(),
  }),
);

const NEEDED = {
  SERVER_NAME: "checker",
  ALERT_CONTACT: "admin@example.com",
  MAIL_FROM: "checker@example.com",
};
/** Documented in words, because the value is too long or depends on others. */
const IN_WORDS: ReadonlySet<string> = new Set(["MAIL_LOOPBACK_TO", "REFERENCE_TARGETS", "SHARD_SIZE"]);

function isAccepted(name: string, value: number): boolean {
  return parseSettings({ ...NEEDED, [name]: value }).ok;
}

test("the settings reference lists every setting, and no others", () => {
  expect(rows.map(({ name }) => name).toSorted()).toEqual(SETTING_NAMES.toSorted());
});

test("the documented defaults are those of the schema", () => {
  const entries: Readonly<Record<string, object>> = SettingsSchema.entries;
  for (const { name, byDefault } of rows) {
    if (IN_WORDS.has(name)) continue;
    const schema = entries[name] ?? {};
    const isOptional = "type" in schema && schema.type === "optional";
    const value: unknown = "default" in schema ? schema.default : undefined;
    const given =
      value === undefined
        ? isOptional
          ? "none"
          : "–"
        : typeof value === "string"
          ? value
          : JSON.stringify(value);
    expect([name, byDefault]).toEqual([name, given]);
  }
});

test("the documented ranges are those that are accepted", () => {
  const ranged = rows.filter(({ range }) => range !== "");
  expect(ranged.length).toBeGreaterThan(8);
  for (const { name, range } of ranged) {
    const [least = Number.NaN, most = Number.NaN] = range.split("–").map(Number);
    const accepted = [least - 1, least, most, most + 1].map((value) => isAccepted(name, value));
    expect([name, range, ...accepted]).toEqual([name, range, false, true, true, false]);
  }
});

test("the documented default reference targets are those of the schema", () => {
  const parsed = parseSettings(NEEDED);
  const targets = parsed.ok ? parsed.settings.referenceTargets : [];
  expect(targets).toHaveLength(3);
  for (const url of targets) expect(settingsText).toContain(`\`${url}\``);
});

test("the table of secrets lists every secret that the code reads, and no others", async () => {
  const code = await readFile(join(root, "src/platform/settings/secrets.ts"), "utf8");
  const read = new Set([...code.matchAll(/"([A-Z]+(?:_[A-Z]+)+)"/g)].map(([, name = ""]) => name));
  const documented = [...secretsText.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, name = ""]) => name);
  const isSecret = (name: string): boolean => /^(ADMIN|PING|DEAD)_/.test(name);
  expect(documented.toSorted()).toEqual([...read].filter(isSecret).toSorted());
});
