import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createHttp } from "../../src/worker/http.ts";
import { nobodyActs } from "../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../support/fakes/ports.ts";

test("the badge reference lists every badge, and its examples exist", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/reference/badges.md"), "utf8");
  const platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };
  const { routes } = createHttp(platform, nobodyActs);
  const paths = routes.filter(({ path, method }) => method === "GET" && path.startsWith("/badges/"));
  const named = [...text.matchAll(/^\| `(\/badges\/\S+)`/gm)].map(([, path]) => path);
  expect(named).toEqual(paths.map(({ path }) => path.replace(":id", "{id}")));
  const examples = [...text.matchAll(/checker\.example\.com(\/badges\/[^?)\s]+)/g)].map(
    ([, path = ""]) => path,
  );
  expect(examples.length).toBeGreaterThan(2);
  const wrong = examples.filter((path) => !named.includes(path.replace(/[0-9a-z]{14}/, "{id}")));
  expect(wrong).toEqual([]);
});
