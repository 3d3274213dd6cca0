/**
 * Reads the source for the texts that a person may be shown as a reason, and the tests for each of them. A
 * text that is new, or is worded anew, has to be written down in a test as it is read.
 */
import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { lineWith, textsIn, type FixedParts } from "./source-texts.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url).href);

/** What a file has that words an outcome, a status, a refusal, a delivery's error or news of the instance. */
const WORDS_REASONS =
  /\b(down|inconclusive|up|malformed|unsupported|problem|telling|endIn|setReject)\(|\b(HandshakeFault|ProbeTimeout|RedirectFault|StoreFault)[ (]|\breason: ["`]/;

/** Texts that nobody is shown as they stand, and what is told instead; null for none. */
const TOLD_AS: Readonly<Record<string, string | null>> = {
  // Recognised in what the platform says.
  "consider using fetch": null,
  // Their cause is told.
  "connect() refused": null,
  "the connection was not made": null,
  // A condition, which is compared and not shown.
  "not yet valid": null,
  // Why it was told, for the next decision.
  "told without the database": null,
  "damaged row": "1 damaged row in the database",
  "the Certificate message": "the Certificate message ends too early",
  "the message was not read": "the message was not read within 10 s",
  "the database did not answer": "the database did not answer within 10 s",
  "the ping was not recorded": "the ping was not recorded within 8 s",
  "TLS handshake begun but not finished": "TLS handshake begun but not finished: timed out after 100 ms",
  "the server wants stronger cryptography than Workers offer":
    "the server wants stronger cryptography than Workers offer: alert 71 (insufficient_security)",
  "the server wants an extension of TLS that Workers do not send":
    "the server wants an extension of TLS that Workers do not send: alert 109 (missing_extension)",
  "the server wants a certificate of the client":
    "the server wants a certificate of the client: alert 116 (certificate_required)",
  "connected, but no answer to the TLS handshake":
    "connected, but no answer to the TLS handshake: timed out after 100 ms",
};

function read(pattern: string): { readonly name: string; readonly text: string }[] {
  return globSync(pattern, { cwd: ROOT }).map((name) => ({ name, text: readFileSync(ROOT + name, "utf8") }));
}

function isSentence(parts: FixedParts): boolean {
  return parts.some((part) => /\w.* .*\w|\w{3} | \w{3}/.test(part));
}

/** Every line of every test but this one and those that take any text for granted. */
const testLines = read("test/**/*.test.ts")
  .filter(({ name }) => !name.startsWith("test/fuzz/") && !name.endsWith("every-reason.test.ts"))
  .flatMap(({ text }) => text.split("\n"));

function isTested(parts: FixedParts): boolean {
  const line = lineWith(parts);
  return testLines.some((text) => line.test(text));
}

const sources = read("src/**/*.ts")
  .filter(({ text }) => WORDS_REASONS.test(text))
  .map(({ name, text }) => ({ name, texts: textsIn(text).filter(isSentence) }));

/** The rows `number: "text"` or `[number, "text"]` of a table. */
function rowsOf(file: string, table: string): [number: string, text: string][] {
  const source = readFileSync(ROOT + file, "utf8");
  const start = source.indexOf(`const ${table}`);
  const rows = source.slice(start, source.indexOf(";\n", start)).matchAll(/(\d+)(?::|,) "(.*)"/g);
  return Array.from(rows, ([, number = "", text = ""]) => [number, text]);
}

test("the texts of each kind of source are found", () => {
  const found = sources.flatMap(({ texts }) => texts.map((parts) => parts.join("…")));
  expect(found.length).toBeGreaterThan(200);
  expect(found).toEqual(
    expect.arrayContaining([
      "not run: the jobs before it used up the time of this tick",
      "answered HTTP … instead of …",
      "no connection: refused, unreachable, or host name not found",
      "no connection, and a Worker cannot tell a host behind Cloudflare, which it may not reach, from one that refuses or has no address",
      "this address takes no mail",
      "the mail service did not answer within … s",
      "its time was over before it was sent",
    ]),
  );
});

test("each of them stands in a test, in all its fixed parts", () => {
  const missing = sources.flatMap(({ name, texts }) =>
    texts.flatMap((parts) => {
      const text = parts.join("…");
      const told = TOLD_AS[text];
      if (told === null || isTested(told === undefined ? parts : [told])) return [];
      return [`${name}: ${text}`];
    }),
  );
  expect(missing).toEqual([]);
});

test("what is left out is there", () => {
  const found = new Set(sources.flatMap(({ texts }) => texts.map((parts) => parts.join("…"))));
  expect(Object.keys(TOLD_AS).filter((text) => !found.has(text))).toEqual([]);
});

test.each<[string, string, number, (number: string, text: string) => FixedParts]>([
  ["http/http-answer.ts", "MADE_UP", 8, (number, text) => [`${text} (HTTP ${number})`]],
  ["http/http-answer.ts", "CAUSES", 7, (number, text) => [`${text} (HTTP `, `, error ${number})`]],
  [
    "http/http-answer.ts",
    "OUR_LIMITS",
    3,
    (number, text) => [`cannot be checked from here: ${text} (error ${number})`],
  ],
  // close_notify ends a connection in good order, and is told so.
  [
    "tls/alerts.ts",
    "ALERT_NAMES",
    32,
    (number, text) => [number === "0" ? "connection closed by the server" : `alert ${number} (${text})`],
  ],
])("each row of %s, %s, stands in a test with its number", (file, table, count, told) => {
  const rows = rowsOf(`src/probes/${file}`, table);
  expect(rows.length).toBeGreaterThanOrEqual(count);
  expect(rows.map(([number, text]) => told(number, text)).filter((parts) => !isTested(parts))).toEqual([]);
});
