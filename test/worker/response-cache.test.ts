import { describe, expect, test } from "vitest";
import { ResponseCache } from "../../src/worker/response-cache.ts";
import type { RenderedPage } from "../../src/worker/rpc.ts";

/** A cache, and what it makes: numbered pages. */
function cacheAt(startMs = 1_000_000) {
  const cache = new ResponseCache<RenderedPage>(({ html }) => html.length);
  let nowMs = startMs;
  let made = 0;
  const page = (): Promise<RenderedPage> => Promise.resolve({ status: 200, html: `page ${++made}` });
  return {
    at: (ms: number): void => void (nowMs = startMs + ms),
    get: async (key = "a", make: () => Promise<RenderedPage> = page) =>
      (await cache.get(key, () => nowMs, make)).html,
  };
}

describe("a page for strangers", () => {
  test("is made once in ten seconds, each for itself", async () => {
    const { at, get } = cacheAt();
    expect([await get(), await get("b"), await get()]).toEqual(["page 1", "page 2", "page 1"]);
    at(9_999);
    expect(await get()).toBe("page 1");
    at(10_000);
    expect([await get(), await get()]).toEqual(["page 3", "page 3"]);
  });

  test("is shown as it was while one request makes it anew, and no longer than half a minute", async () => {
    const { at, get } = cacheAt();
    await get();
    at(15_000);
    const making = Promise.withResolvers<RenderedPage>();
    const first = get("a", () => making.promise);
    expect(await get()).toBe("page 1");
    making.resolve({ status: 200, html: "anew" });
    expect([await first, await get()]).toEqual(["anew", "anew"]);
  });

  test("is made by another when whoever makes it does not come back", async () => {
    const { at, get } = cacheAt();
    await get();
    at(12_000);
    const lost = get("a", () => new Promise<RenderedPage>(() => undefined));
    at(21_999);
    expect(await get()).toBe("page 1");
    at(22_000);
    expect(await Promise.race([lost, get()])).toBe("page 2");
  });

  test("that could not be made is asked for anew", async () => {
    const { get } = cacheAt();
    expect(await get("a", () => Promise.resolve({ status: 503, html: "trouble" }))).toBe("trouble");
    await expect(get("a", () => Promise.reject(new Error("worse")))).rejects.toThrow("worse");
    expect(await get()).toBe("page 1");
  });

  test("from a time to come is none", async () => {
    const { at, get } = cacheAt();
    await get();
    at(-60_000);
    expect(await get()).toBe("page 2");
  });

  test("is forgotten before newer ones, where there are too many or they are too long", async () => {
    const { get } = cacheAt();
    for (let key = 1; key <= 50; key++) await get(String(key));
    expect(await get("1")).toBe("page 1");
    await get("51");
    expect([await get("2"), await get("1")]).toEqual(["page 2", "page 52"]);
    const long = (): Promise<RenderedPage> => Promise.resolve({ status: 200, html: "x".repeat(3_900_000) });
    await get("long", long);
    await get("longer", long);
    expect(await get("51")).toBe("page 51");
    await get("longest", long);
    expect(await get("51")).toBe("page 53");
    expect((await get("longer", () => Promise.reject(new Error("it was forgotten")))).length).toBe(3_900_000);
  });
});
