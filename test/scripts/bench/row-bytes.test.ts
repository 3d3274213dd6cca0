import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bytesOfRow } from "../../../scripts/bench/row-bytes.ts";

/** Of each cell SQLite itself tells the payload; pointer, length and key come before it. */
const POINTER = 2;
let db: DatabaseSync;

beforeAll(() => {
  db = new DatabaseSync(":memory:");
  db.exec("CREATE TABLE sized (id INTEGER PRIMARY KEY, a NUMERIC, b NUMERIC)");
});
afterAll(() => db.close());

/** What SQLite says it stores for the row, without the cell's own length and key. */
function payloadOf(key: number, a: SQLInputValue, b: SQLInputValue): number {
  db.exec("DELETE FROM sized");
  db.prepare("INSERT INTO sized VALUES (?, ?, ?)").run(key, a, b);
  return Number(db.prepare("SELECT payload FROM dbstat WHERE name = 'sized'").get()?.["payload"]);
}

test.each<readonly [SQLInputValue, SQLInputValue]>([
  [null, null],
  [0, 1],
  [-1, 127],
  [128, -128],
  [-129, 32_767],
  [8_388_607, 8_388_608],
  [2 ** 31 - 1, 2 ** 31],
  [2 ** 47 - 1, 2 ** 47],
  [1.5, 1_800_000_000_000],
  ["", "well"],
  ["a".repeat(70), null],
  ["ü".repeat(80), new Uint8Array(3_000)],
])("a row of %j and %j takes what SQLite says", (a, b) => {
  const payload = payloadOf(5, a, b);
  const { id, ...stored } = db.prepare("SELECT * FROM sized").get() ?? {};
  expect(id).toBe(5);
  expect(bytesOfRow(5, [null, ...Object.values(stored)])).toBe(
    POINTER + (payload < 128 ? 1 : 2) + 1 + payload,
  );
});

test("a key takes more the larger it is", () => {
  const sample = 3 * 2 ** 32 + 29_000_000;
  expect(bytesOfRow(sample, [null, "a"]) - bytesOfRow(1, [null, "a"])).toBe(4);
});
