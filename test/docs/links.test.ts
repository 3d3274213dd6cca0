import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const pages = ["*.md", "docs/**/*.md"].flatMap((pattern) => globSync(pattern, { cwd: root })).toSorted();

function read(page: string): string {
  return readFileSync(join(root, page), "utf8");
}

/** Without blocks of code, where a link is an example. */
function prose(page: string): string {
  return read(page).replaceAll(/^ *```.*?^ *```/gms, "");
}

/** As GitHub makes them from headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ""] of prose(page).matchAll(/^#+ +(.*)$/gm)) {
    const text = heading.replaceAll(/\[(.*?)\]\(.*?\)/g, "$1").replaceAll(/[`*]/g, "");
    const slug = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(/\s/g, "-");
    const count = [...anchors].filter((anchor) => anchor.replace(/-\d+$/, "") === slug).length;
    anchors.add(count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
}

/** Targets in this repository: of Markdown links and pictures, and of HTML. */
function linksOf(page: string): string[] {
  const text = prose(page).replaceAll(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)|\b(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, markdown, html]) => markdown ?? html ?? "")
    .filter((target) => !/^[a-z]+:/i.test(target));
}

/** Null where the link leads somewhere. */
function brokenLink(page: string, target: string): string | null {
  const [path = "", anchor] = target.split("#");
  const file = path === "" ? page : relative(root, resolve(root, dirname(page), path));
  if (!existsSync(join(root, file))) return `${page}: ${target}: no such file`;
  if (anchor === undefined || !file.endsWith(".md") || anchorsOf(file).has(anchor)) return null;
  return `${page}: ${target}: no such heading`;
}

describe("the documentation", () => {
  test("has no broken link", () => {
    expect(pages.length).toBeGreaterThan(30);
    const broken = pages.flatMap((page) => linksOf(page).flatMap((link) => brokenLink(page, link) ?? []));
    expect(broken).toEqual([]);
  });

  test("lists every page in its index", () => {
    const linked = new Set(linksOf("docs/README.md").map((link) => join("docs", link.split("#")[0] ?? "")));
    const missing = pages.filter((page) => page.startsWith("docs/") && !linked.has(page));
    expect(missing).toEqual(["docs/README.md"]);
  });

  test("names only files and folders that exist", () => {
    const wrong = pages
      // It tells of the past.
      .filter((page) => page !== "CHANGELOG.md")
      .flatMap((page) =>
        [...prose(page).matchAll(/`((?:src|test|scripts|docs|browser|public|migrations)\/[^\s`]*)`/g)]
          .map(([, path = ""]) => path)
          .filter((path) => globSync(path, { cwd: root }).length === 0)
          .map((path) => `${page}: ${path}`),
      );
    expect(wrong).toEqual([]);
  });

  test("has every npm command that it mentions", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const wrong = pages.flatMap((page) =>
      [...read(page).matchAll(/npm run (?:-s |--silent )?([a-z:]+)/g)]
        .map(([, name = ""]) => name)
        .filter((name) => !(name in scripts))
        .map((name) => `${page}: npm run ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  test("has a README of at most 150 lines", () => {
    expect(read("README.md").split("\n").length).toBeLessThanOrEqual(151);
  });

  test("has every page that the code refers to", () => {
    const code = ["src", "scripts", "jobs", "test"].flatMap((folder) =>
      globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }),
    );
    const wrong = code.flatMap((file) =>
      [...read(file).matchAll(/(?<![\w/.-])docs\/[\w/-]+\.(?:md|svg|png)/g)]
        .map(([path]) => path)
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${file}: ${path}`),
    );
    expect(wrong).toEqual([]);
  });
});
