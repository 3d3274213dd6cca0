import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { createHttp } from "../../../src/worker/http.ts";
import { lendTimingSafeEqual, nobodyActs } from "../../support/fakes/http.ts";
import { FakeClock, fakeNetwork, FakeRandom } from "../../support/fakes/ports.ts";
import { sqliteD1 } from "../../support/d1/sqlite.ts";

const VARS = { SERVER_NAME: "checker", ALERT_CONTACT: "ops@example.com", MAIL_FROM: "checker@example.com" };
const TOKEN = "a-secret-of-the-owner";

beforeAll(lendTimingSafeEqual);

beforeEach(() => {
  vi.spyOn(console, "warn").mockReturnValue();
  vi.spyOn(console, "error").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function checker(vars: Readonly<Record<string, unknown>> = { ADMIN_TOKEN: TOKEN }) {
  const platform = {
    clock: new FakeClock(1_800_000_000_000),
    random: new FakeRandom(),
    network: fakeNetwork(),
  };
  const app = createHttp(platform, nobodyActs);
  const env = { DB: sqliteD1(), EMAIL: {} as SendEmail, ...VARS, ...vars };
  return (headers: Readonly<Record<string, string>>) =>
    Promise.resolve(app.request("/metrics", { headers }, env));
}

const owner = { authorization: `Bearer ${TOKEN}` };
const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CLASSIC = "text/plain; version=0.0.4; charset=utf-8";

describe("/metrics", () => {
  test.each<[string, string]>([
    [
      "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
      OPEN,
    ],
    ["application/openmetrics-text", OPEN],
    ["Application/OpenMetrics-Text ; Q=0.3 , text/plain;q=0.3", OPEN],
    ["text/plain;q=0.5, application/openmetrics-text;q=0.2", CLASSIC],
    ["application/openmetrics-text;q=0", CLASSIC],
    ["text/plain", CLASSIC],
    ["*/*", CLASSIC],
    ["", CLASSIC],
  ])("is in the format that is asked for: %s", async (accept, type) => {
    const answer = await checker()({ ...owner, accept });
    const { headers } = answer;
    expect([
      answer.status,
      headers.get("content-type"),
      headers.get("vary"),
      headers.get("cache-control"),
    ]).toEqual([200, type, "Accept", "no-store"]);
    const text = await answer.text();
    expect(text.endsWith("# EOF\n")).toBe(type === OPEN);
    expect(text).toContain('checker_status{status="JobProblem"} 1\n');
  });

  test.each<[string, Readonly<Record<string, string>>, number, string]>([
    ["without a token", {}, 401, "Unauthorized\n"],
    ["with a wrong one", { authorization: "Bearer x" }, 401, "Unauthorized\n"],
  ])("is not given %s, be there public jobs or not", async (_name, headers, status, body) => {
    const answer = await checker()(headers);
    expect([answer.status, await answer.text(), answer.headers.get("www-authenticate")]).toEqual([
      status,
      body,
      "Bearer",
    ]);
  });

  test("is not there where nobody can be known as the owner", async () => {
    expect((await checker({})({})).status).toBe(404);
    expect((await checker({})({ authorization: "Bearer x" })).status).toBe(404);
  });

  test("is not given to who has sent too many wrong tokens, not even for the right one", async () => {
    const ask = checker();
    for (let count = 0; count < 11; count++) await ask({ authorization: "Bearer x" });
    const answer = await ask(owner);
    expect([answer.status, answer.headers.get("retry-after"), await answer.text()]).toEqual([
      429,
      "60",
      "Too many wrong tokens\n",
    ]);
  });

  test("is an error, and no metrics, where they cannot be had: Prometheus then says that the Checker is down", async () => {
    const answer = await checker({ ADMIN_TOKEN: TOKEN, ALERT_CONTACT: "nobody" })(owner);
    expect([answer.status, answer.headers.get("content-type")]).toEqual([503, "application/problem+json"]);
  });

  test("is not to be read by a page of another site", async () => {
    const { headers } = await checker()({ ...owner, origin: "https://other.example" });
    expect(headers.get("access-control-allow-origin")).toBeNull();
  });
});
