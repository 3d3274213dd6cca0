import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const text = readFileSync(join(root, "docs/troubleshooting.md"), "utf8");

/** Texts of the code as people read them: strings joined, and "…" in place of values. */
function readTexts(): string {
  const files = ["src", "scripts"].flatMap((folder) => globSync(`${folder}/**/*.{ts,tsx}`, { cwd: root }));
  const code = files.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  const joined = code.replaceAll(/["`'] \+\s+["`']/g, "");
  // A text may also stand within a value.
  return code + joined.replaceAll(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "…");
}

/** Made by Cloudflare. */
const CLOUDFLARE_CODES = /^E_(SENDER_NOT_VERIFIED|RATE_LIMIT_EXCEEDED|DAILY_LIMIT_EXCEEDED|RECIPIENT_.*)$/;

test("every message in the troubleshooting guide is one that Checker prints", () => {
  const texts = readTexts();
  const cells = [...text.matchAll(/^\| (`.*?) +\|/gm)].map(([, cell = ""]) => cell);
  const messages = cells.flatMap((cell) => [...cell.matchAll(/`(.+?)`/g)].map(([, message = ""]) => message));
  expect(messages.length).toBeGreaterThan(70);
  const parts = messages
    .filter((message) => !CLOUDFLARE_CODES.test(message))
    .flatMap((message) => message.split("…"))
    .map((part) => part.replaceAll(/^[\s,:;.]+|[\s,:;.]+$/g, ""))
    .filter((part) => part.length > 3);
  expect(parts.filter((part) => !texts.includes(part))).toEqual([]);
});
