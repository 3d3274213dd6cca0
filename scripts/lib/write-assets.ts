import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { writeChanged } from "./write-changed.ts";

const FOLDER = "public/assets";

/**
 * Bundles the pages' scripts, and lists the files that the pages load, each with an address that changes with what is in
 * it: a browser may keep them for ever, and never shows a page of today with the style of yesterday.
 */
export async function writeAssets(root: string): Promise<void> {
  await Promise.all([
    bundle(root, "browser/page.ts", "page.js"),
    bundle(root, "browser/chart.ts", "chart.js"),
    bundle(root, "node_modules/uplot/dist/uPlot.min.css", "chart.css"),
  ]);
  const names = (await readdir(join(root, FOLDER))).toSorted();
  const entries = await Promise.all(
    names.map(async (name) => {
      const hash = createHash("sha256").update(await readFile(join(root, FOLDER, name)));
      return `  ${JSON.stringify(name)}: "/assets/${name}?v=${hash.digest("hex").slice(0, 12)}",\n`;
    }),
  );
  const text = [
    "// Made by scripts/generate-jobs.ts from the files in public/assets/. Do not edit, do not commit.\n\n",
    "export const ASSETS = {\n",
    ...entries,
    "} as const;\n",
  ];
  await writeChanged(join(root, "src/web/pages/assets.generated.ts"), text.join(""));
}

async function bundle(root: string, from: string, name: string): Promise<void> {
  const { outputFiles } = await build({
    entryPoints: [join(root, from)],
    bundle: true,
    format: "esm",
    target: "es2022",
    minify: true,
    write: false,
    logLevel: "silent",
  });
  for (const { text } of outputFiles) await writeChanged(join(root, FOLDER, name), text);
}
