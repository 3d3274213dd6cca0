import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PRIVATE, shopAndVault } from "../support/browser/world.ts";
import { describeBrowser, useBrowser } from "../support/browser/browser.ts";
import { ADMIN_TOKEN, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", assets: true, signIns: true, vars: { JOBS: ["Steered"], ADMIN_TOKEN } },
]);
const { visit } = useBrowser(suite);

describeBrowser("the owner", () => {
  test.each([true, false])("signs in and out, with scripts %j", async (javaScriptEnabled) => {
    await shopAndVault(suite);
    const { page, open, text, troubles } = await visit({ javaScriptEnabled });
    await open("/");
    await page.getByRole("link", { name: "Sign in" }).click();
    expect(await text()).toBe("Skip to the content Overview Incidents Sign in Sign in ADMIN_TOKEN Sign in");

    await page.getByLabel("ADMIN_TOKEN").fill("a-secret-of-others");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    expect(await page.getByRole("alert").textContent()).toBe("That is not this Checker's ADMIN_TOKEN.");
    expect(await page.getByLabel("ADMIN_TOKEN").inputValue()).toBe("");
    // Chromium tells of the 401, which is meant.
    expect(troubles.splice(0).filter((trouble) => !trouble.includes("401"))).toEqual([]);

    await page.getByLabel("ADMIN_TOKEN").fill(ADMIN_TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.waitForURL(suite.url);
    const names = await page.getByRole("heading", { level: 3 }).allTextContents();
    expect(names).toEqual(["vault", "Our shop"]);
    expect(await page.locator(".jobs .why").first().textContent()).toBe("the door is open");
    expect(await page.title()).toBe("1 of 2 jobs is down – one");

    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in" }).waitFor();
    for (const secret of PRIVATE) expect(await page.content()).not.toContain(secret);
    await open("/");
    expect(await page.title()).toBe("The only job is up – Status");
  });

  test("is never led to another site", async () => {
    const { page, open } = await visit({ as: "admin", bypassCSP: true });
    const elsewhere = [
      "https://evil.example/",
      "//evil.example/",
      "/\\evil.example/",
      "javascript:window.hacked=1",
    ];
    for (const to of elsewhere) {
      // Who is signed in already is led on at once, by the same rule.
      await open(`/sign-in?to=${encodeURIComponent(to)}`);
      expect([page.url(), await page.evaluate("window.hacked")]).toEqual([suite.url, undefined]);
    }
  });

  test("is led back to where he came from", async () => {
    const { page, open } = await visit();
    await open("/sign-in?to=%2F%3Fx%3D1");
    await page.getByLabel("ADMIN_TOKEN").fill(ADMIN_TOKEN);
    await page.keyboard.press("Enter");
    await page.waitForURL(`${suite.url}?x=1`);
    expect(await page.getByRole("button", { name: "Sign out" }).isVisible()).toBe(true);
  });
});

describeBrowser("a page of another site", () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((_request, response) => {
      response
        .writeHead(200, { "content-type": "text/html" })
        .end(
          `<link rel="icon" href="data:,"><form method="post" action="${suite.url}sign-out"><button>Win a car</button></form>`,
        );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  });

  afterAll(() => new Promise((resolve) => server.close(resolve)));

  // Another port is another origin but the same site, so that a browser sends the cookie along. Another name is neither.
  test.each(["127.0.0.1", "localhost"])("at %s cannot sign the owner out", async (host) => {
    const { page, open, text, troubles } = await visit({ as: "admin" });
    await page.goto(`http://${host}:${port}/`);
    await page.getByRole("button", { name: "Win a car" }).click();
    await page.waitForURL(`${suite.url}sign-out`);
    expect(await text()).toBe("Refused: this was not sent by a page of this Checker");
    await open("/");
    expect(await page.getByRole("button", { name: "Sign out" }).isVisible()).toBe(true);
    const meant = /^went elsewhere: http:\/\/(127\.0\.0\.1|localhost):\d+\/$|403/;
    expect(troubles.splice(0).filter((trouble) => !meant.test(trouble))).toEqual([]);
  });
});
