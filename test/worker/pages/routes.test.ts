import { expect, test } from "vitest";
import type { Bindings } from "../../../src/worker/env.ts";
import { createHttp } from "../../../src/worker/http.ts";
import { nobodyActs } from "../../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../../support/fakes/ports.ts";
import type { RunnerRpc, PageRequest } from "../../../src/worker/rpc.ts";

test.each([
  ["", "24 h"],
  ["7d", "7 d"],
  ["1y", "1 y"],
  ["constructor", "24 h"],
  ["__proto__", "24 h"],
  ["7 d", "24 h"],
])("a job's page over %j is that over %s", async (range, shown) => {
  const wanted: PageRequest[] = [];
  const object: Pick<RunnerRpc, "page"> = {
    page: ({ page }) => {
      wanted.push(page);
      return Promise.resolve({ status: 200, html: "" });
    },
  };
  const env: Bindings = {
    DB: {} as D1Database,
    EMAIL: {} as SendEmail,
    RUNNERS: { getByName: () => object as RunnerRpc },
  };
  const platform = { clock: new FakeClock(0), random: new FakeRandom(), network: fakeNetwork() };
  const path = `https://checker.example/jobs/0123456789abcd?range=${range}`;
  await createHttp(platform, nobodyActs).request(path, {}, env);
  expect(wanted).toEqual([
    { kind: "job", id: "0123456789abcd", range: shown, origin: "https://checker.example" },
  ]);
});
