/** Edits of any TOML that fast-check thinks of: values change, and nothing else does. */
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { parse } from "smol-toml";
import { expect, test } from "vitest";
import { editToml } from "../../../scripts/setup/edit-toml.ts";
import { renderToml, type TomlValue } from "../../../scripts/setup/render-toml.ts";
import { FUZZ, fuzz } from "../../support/fuzz/runs.ts";

const NAMES = ["A", "B", "C", "D"] as const;
const text = fc.string({ unit: "grapheme", maxLength: 8 });
const plainValue: fc.Arbitrary<TomlValue> = fc.oneof(
  text,
  fc.integer(),
  fc.boolean(),
  fc.array(fc.oneof(text, fc.record({ url: text, admin: text })), { maxLength: 4 }),
);

/** What looks like something else to whoever reads no TOML. */
const written = fc.oneof(
  plainValue.map(renderToml),
  fc.constantFrom(
    `'[vars]'`,
    `"# A = \\"1\\""`,
    `"""\n[vars]\nA = 1 # c\\""""`,
    `'''\n# B = 2\n[x]\n'''`,
    `[ "a", # of a ]\n  'b', # of b\n]`,
    `[\n  # nobody\n]`,
    `[\n  { url = "u", admin = "#" }, [1, [2]],\n]`,
    `[1, 2,\n]`,
    `{ A = 1, "b.c" = [ "}" ] }`,
    `1979-05-27 07:32:00`,
    `0x1F`,
    `-1.5e3`,
  ),
);
const blanks = fc.constantFrom("", " ", "  ", "\t");
const comment = fc.constantFrom("", "# why", "# A = 1", "# [vars]", `# "quoted`, "#=,]}");

interface Line {
  readonly name: string;
  readonly before: string;
  readonly value: string;
  readonly after: string;
}

function lines(names: readonly string[]): fc.Arbitrary<readonly Line[]> {
  const line = (name: string) =>
    fc.record({
      lead: fc.constantFrom("", "\n", "# a line\n", "  # A = 1\n", "\n\n"),
      indent: blanks,
      key: fc.constantFrom(name, `"${name}"`, `'${name}'`),
      gaps: fc.tuple(blanks, blanks, blanks),
      value: written,
      comment,
    });
  return fc.subarray([...names]).chain((chosen) =>
    fc.tuple(...chosen.map(line)).map((all) =>
      all.map(({ lead, indent, key, gaps, value, comment }, index) => ({
        name: chosen[index] ?? "",
        before: `${lead}${indent}${key}${gaps[0]}=${gaps[1]}`,
        value,
        after: `${gaps[2]}${comment}\n`,
      })),
    ),
  );
}

const header = fc.constantFrom("[vars]", '["vars"]', "[ vars ] # c");
const tail = fc.constantFrom(
  "",
  "[triggers]\nA = 1\n",
  "[[x]]\nA = 1\n[[x]]\n# B = 1\n",
  "\n[vars.sub]\nA = 1\n",
);
const document = fc.record({
  root: lines(["name", "A"]),
  header,
  own: lines(NAMES),
  tail,
  crlf: fc.boolean(),
});

function join(all: readonly Line[]): string {
  return all.map(({ before, value, after }) => `${before}${value}${after}`).join("");
}

const edit = fc.record({ name: fc.constantFrom(...NAMES), value: plainValue });

/** Comments of a text that has none in its texts: these are taken out before. */
function comments(toml: string): readonly string[] {
  const withoutTexts = toml.replaceAll(/"""[^]*?"""+|'''[^]*?'''+|"(?:\\.|[^"\\\n])*"|'[^'\n]*'/g, "");
  return withoutTexts.match(/#[^\r\n]*/g) ?? [];
}

test("an edit changes the value, and no byte besides", FUZZ, async () => {
  await fuzz(
    3_000,
    fc.property(document, edit, ({ root, header, own, tail, crlf }, { name, value }) => {
      const ends = (toml: string): string => (crlf ? toml.replaceAll("\n", "\r\n") : toml);
      const before = ends(`${join(root)}${header}\n${join(own)}${tail}`);
      const after = editToml(before, [{ table: "vars", name, value }]);
      const [was, is] = [structuredClone(parse(before)), structuredClone(parse(after))];
      expect(is).toEqual({ ...was, vars: { ...(was["vars"] as object), [name]: value } });

      const index = own.findIndex((one) => one.name === name);
      const line = own[index];
      const same = isDeepStrictEqual((was["vars"] as Record<string, unknown>)[name], value);
      const { change, kept } =
        line === undefined
          ? { change: withoutOneLine(after, before, `${name} = `), kept: before }
          : changeOf(
              after,
              ends(`${join(root)}${header}\n${join(own.slice(0, index))}${line.before}`),
              ends(line.value),
              ends(`${line.after}${join(own.slice(index + 1))}${tail}`),
              same,
              value,
            );
      expect(change).toEqual(kept);
    }),
  );
});

/** What became of a value between `head` and `rest`, and what should have. */
function changeOf(after: string, head: string, then: string, rest: string, same: boolean, value: TomlValue) {
  const now = after.slice(head.length, after.length - rest.length);
  const isEdited = !same && Array.isArray(value) && then.startsWith("[") && /[\n#]/.test(then);
  const wanted = same ? then : renderToml(value);
  return {
    change: [
      after.slice(0, head.length),
      isEdited ? comments(now) : now,
      after.slice(after.length - rest.length),
    ],
    kept: [head, isEdited ? comments(then) : wanted, rest],
  };
}

/** `after` without the line that makes `before` of it, or as it is. */
function withoutOneLine(after: string, before: string, begin: string): string {
  const lines = after.split("\n");
  const shorter = lines.flatMap((line, index) =>
    line.trimStart().startsWith(begin) ? [lines.toSpliced(index, 1).join("\n")] : [],
  );
  return shorter.find((one) => one === before) ?? after;
}

test("a key that is added and removed again leaves nothing", FUZZ, async () => {
  await fuzz(
    1_000,
    fc.property(document, plainValue, ({ root, header, own, tail }, value) => {
      const before = `${join(root)}${header}\n${join(own)}${tail}`;
      const added = editToml(before, [{ table: "vars", name: "MAIL_LOOPBACK_TO", value }]);
      expect(added).not.toBe(before);
      expect(editToml(added, [{ table: "vars", name: "MAIL_LOOPBACK_TO", value: undefined }])).toBe(before);
    }),
  );
});
