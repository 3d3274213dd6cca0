import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, commandIn, project } from "./command.ts";

// The project's own may have its owner's settings.
const SHIPPED = await readFile(join(import.meta.dirname, "../fixtures/setup/wrangler.toml"), "utf8");
const fresh = () => project({ "wrangler.toml": SHIPPED });
const tomlOf = (copy: string) => readFile(join(copy, "wrangler.toml"), "utf8");
const OWN = SHIPPED.replace("admin@example.com", "me@mine.net").replace(
  "checker@example.com",
  "checker@mine.net",
);

describe("npm run setup", () => {
  test("goes on where its input ended, and asks nothing more once all is answered", async () => {
    const copy = await fresh();
    const first = await commandIn({ input: "checker-eu\nnobody\nme@mine.net\n" }, copy, "setup");
    expect(first).toMatchObject({
      code: 1,
      err: `  ALERT_CONTACT[0] = "nobody" is not an email address. Hint: an address, or a list: ["ops@example.com", "me@example.com"]\n`,
    });
    expect(first.out).toBe(`\
Enter keeps what stands in brackets. Each answer is written at once.

SERVER_NAME
  A short name for this instance. It stands in brackets before every subject.
  [checker] checker-eu
  SERVER_NAME = "checker-eu"

ALERT_CONTACT
  Who is told when something breaks: a mail address, or several with commas between them.
  [admin@example.com] nobody
  [admin@example.com] me@mine.net
  ALERT_CONTACT = "me@mine.net"

MAIL_FROM
  The address that Checker sends from, of a domain in your Cloudflare account, such as checker@…
  [checker@example.com] 
What was answered is kept. npm run setup goes on from there.
`);
    const half = SHIPPED.replace(`SERVER_NAME = "checker"`, `SERVER_NAME = "checker-eu"`);
    expect(await tomlOf(copy)).toBe(half.replace("admin@example.com", "me@mine.net"));

    const second = await commandIn({ input: "checker@mine.net\n\n\n\n\n\n\n" }, copy, "setup");
    expect(second).toMatchObject({ code: 0, err: "" });
    expect(second.out).toMatch(/^SERVER_NAME {7}checker-eu\nALERT_CONTACT {5}me@mine\.net\n\nEnter keeps /);
    expect(second.out).toContain("\n  ADMIN_TOKEN is kept in .dev.vars.\n");
    expect(second.out).toContain("\n  PING_SECRET is kept in .dev.vars.\n");
    const whole = half
      .replace("admin@example.com", "me@mine.net")
      .replace("checker@example.com", "checker@mine.net");
    expect(await tomlOf(copy)).toBe(whole.replace("PEERS = []\n", 'PEERS = []\nPLAN = "free"\n'));
    const secrets = await readFile(join(copy, ".dev.vars"), "utf8");
    expect(secrets).toMatch(/^ADMIN_TOKEN=[\da-f]{64}\nPING_SECRET=[\da-f]{64}\n$/);
    for (const secret of secrets.match(/[\da-f]{64}/g) ?? []) {
      expect(second.out + first.out).not.toContain(secret.slice(0, 20));
    }
    expect(await command(copy, "check", "--deploy")).toMatchObject({ code: 0, err: "" });

    const third = await command(copy, "setup");
    expect(third).toMatchObject({ code: 0, err: "" });
    expect(third.out).toMatch(
      /\nname {14}checker\n\nNothing is missing\. npm run setup -- --all asks everything again\.\n\nWhat remains, as far as this machine can know:\n1\. A domain\. mine\.net /,
    );
    const all = await commandIn({ input: "other\n" }, copy, "setup", "--all");
    expect(all).toMatchObject({ code: 1, err: "" });
    expect(await tomlOf(copy)).toBe(
      whole.replace("checker-eu", "other").replace("PEERS = []\n", 'PEERS = []\nPLAN = "free"\n'),
    );
  });

  test("lets an example be kept, and says what that means", async () => {
    const copy = await project({ "wrangler.toml": OWN.replace("me@mine.net", "admin@example.com") });
    const { out } = await commandIn({ input: "\nadmin@example.com\n\n" }, copy, "setup");
    expect(out).toContain(
      "\n  Still an example, which reaches nobody: good for npm start, but a deploy refuses it.\n",
    );
    expect(await tomlOf(copy)).toContain('ALERT_CONTACT = "admin@example.com"');
  });

  test("sets without asking, all or nothing", async () => {
    const copy = await fresh();
    const wrong = ["--set", "SERVER_NAME=eu", "--set", "PLAN=cheap", "--set", "MAIL_FROM=admin@example.com"];
    expect(await command(copy, "setup", ...wrong)).toEqual({
      code: 1,
      out: "",
      err: `problem: PLAN = "cheap" is not a plan. Hint: "free" or "paid", as your account's Workers plan
problem: MAIL_FROM: admin@example.com is an address of an example and reaches nobody. Hint: write your own
Nothing was set.
`,
    });
    expect(await tomlOf(copy)).toBe(SHIPPED);
    const oneself = ["--set", "ALERT_CONTACT=Me+alerts@mine.net", "--set", "MAIL_FROM=me@mine.net"];
    expect(await command(copy, "setup", ...oneself)).toEqual({
      code: 1,
      out: "",
      err: `problem: ALERT_CONTACT[0] = "Me+alerts@mine.net" is MAIL_FROM, whose mail is routed to this Worker, so no person would read it. Hint: write an address that a person reads
Nothing was set.
`,
    });
    expect(await tomlOf(copy)).toBe(SHIPPED);
    await writeFile(join(copy, ".dev.vars"), 'ADMIN_TOKEN="two\nlines"\n');
    const half = await command(copy, "setup", "--set", "SERVER_NAME=eu", "--set", "ADMIN_TOKEN=new");
    expect(half).toMatchObject({
      code: 1,
      err: expect.stringContaining(".dev.vars was not changed") as string,
    });
    expect(await tomlOf(copy)).toBe(SHIPPED);
    const right = ["--set", "ALERT_CONTACT=me@mine.net", "--set", "MAIL_FROM=checker@mine.net"];
    const { code, out, err } = await command(copy, "setup", ...right);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(
      /^ALERT_CONTACT = "me@mine\.net"\nMAIL_FROM = "checker@mine\.net"\n\nWhat remains, .*\n1\. A domain\. /,
    );
    expect(await tomlOf(copy)).toBe(OWN);
  });

  test("tells the steps alone, and a secret that stands where it is none", async () => {
    const copy = await project({
      "wrangler.toml": OWN.replace(
        "PEERS = []",
        'ADMIN_TOKEN = "0123456789abcdef"\nDEAD_MAN_URL = "https://hc-ping.net/0123456789abcdef"',
      ),
    });
    // Whoever runs the tests may have one.
    const env = { CLOUDFLARE_API_TOKEN: "" };
    const { code, out } = await commandIn({ env }, copy, "setup", "--print-steps");
    expect(code).toBe(0);
    expect(out).toContain(`
3. Settings. npm run setup asks for what is missing. npm run check -- --deploy says what is wrong:
     wrangler.toml [vars]: ADMIN_TOKEN is a secret, and this file is none. Hint: remove it, and npm run setup makes another
     wrangler.toml [vars]: DEAD_MAN_URL is a secret, and this file is none. Hint: remove it, and npx wrangler secret put DEAD_MAN_URL
4. Log in and deploy. npx wrangler login, then npm run deploy
`);
    expect(out).not.toContain("0123456789abcdef");
  });

  test("touches no wrangler.toml that does not parse, and says where it does not", async () => {
    const copy = await fresh();
    const broken = SHIPPED.replace('"checker"\n# Who', "checker\n# Who");
    await writeFile(join(copy, "wrangler.toml"), broken);
    for (const args of [[], ["--set", "PLAN=paid"], ["--print-steps"]]) {
      expect(await commandIn({ input: "eu\n" }, copy, "setup", ...args)).toEqual({
        code: 1,
        out: "",
        err: 'problem: wrangler.toml, line 13, column 15: Invalid TOML document: invalid value. Hint: a text stands in quotes: SERVER_NAME = "checker"\n',
      });
    }
    expect(await tomlOf(copy)).toBe(broken);
  });

  test.each([
    [["--fast"], "Unknown option '--fast'. There are: --all, --set, --print-steps, --help"],
    [["--set", "PLAN"], "--set takes NAME=value, such as --set PLAN=paid"],
    [["--all", "--print-steps"], "--all and --print-steps do not go together; give one of them"],
  ])("refuses %j", async (args, text) => {
    expect(await command(await project(), "setup", ...args)).toEqual({
      code: 2,
      out: "",
      err: `${text}\nTry: npm run setup -- --help\n`,
    });
  });
});
