import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { plain } from "../../../scripts/local/lines.ts";
import { formatSteps, remainingSteps, type Known } from "../../../scripts/setup/steps.ts";
import { parseSettings } from "../../../src/platform/settings/parse-settings.ts";

const guide = await readFile(join(import.meta.dirname, "../../../docs/guides/deploy.md"), "utf8");

function settings(vars: object = {}) {
  const own = { SERVER_NAME: "eu", ALERT_CONTACT: "me@mine.net", MAIL_FROM: "checker@mine.net", ...vars };
  const parsed = parseSettings(own);
  if (!parsed.ok) throw new Error("settings of the test are not valid");
  return parsed.settings;
}

function steps(changes: Partial<Known> = {}): string {
  const known = {
    settings: settings(),
    faults: [],
    workerName: "checker-eu",
    hasToken: true,
    hasPingSecret: true,
    isLoggedIn: false,
  };
  return formatSteps(remainingSteps({ ...known, ...changes }), plain);
}

const SEE = `See that it works. curl https://checker-eu.YOUR-SUBDOMAIN.workers.dev/status says JobProblem for up to a minute,
   then MailProblem until the first message has come back, then True.
   npx wrangler tail shows what goes wrong, if anything does.`;
const ASK = `Peers. Ask somebody who runs a Checker to add your /status address and your mail address to their PEERS, and
   add theirs to yours: npm run setup -- --set PEERS="https://…/status admin@…"`;

describe("the steps that remain", () => {
  test("on the Free plan", () => {
    const peers = [{ url: "https://peer.net/status", admin: "admin@peer.net" }];
    const own = settings({ PEERS: peers, MAIL_LOOPBACK_TO: "me@mailbox.net" });
    expect(steps({ settings: own })).toBe(`\
1. A domain. mine.net must be in the account, for mail. In the dashboard, Email → Email Routing: enable it for the domain.
2. Sending. Add every address that is to be mailed under Email Routing → Destination addresses and verify it:
     me@mine.net, me@mailbox.net, admin@peer.net
   Or onboard the domain for Email Sending (Workers Paid), and Checker may mail anyone.
3. Log in and deploy. npx wrangler login, then npm run deploy
4. Route the address. Email Routing → Routing rules → Create address: checker@mine.net, action Send to a Worker, checker-eu.
   Let me@mailbox.net forward to checker@mine.net.
5. The secret. npx wrangler secret put ADMIN_TOKEN, and paste the one of .dev.vars: it signs you in to the page.
   Likewise PING_SECRET where there are heartbeats, and DEAD_MAN_URL for a dead man's switch
   (docs/guides/heartbeats.md, docs/guides/dead-mans-switch.md).
6. ${SEE}
7. Peers. Ask admin@peer.net to add your /status address and your mail address to their PEERS,
   once it says True: one that has proven nothing yet is mailed to its admin as in trouble.`);
  });

  test("on the Paid plan, without a token, where wrangler is logged in", () => {
    expect(
      steps({
        settings: settings({ PLAN: "paid" }),
        hasToken: false,
        hasPingSecret: false,
        isLoggedIn: true,
      }),
    ).toBe(`\
1. A domain. mine.net must be in the account, for mail. In the dashboard, Email → Email Routing: enable it for the domain.
2. Sending. Either onboard the domain for Email Sending (Workers Paid), and Checker may mail anyone;
   or add every address that is to be mailed under Email Routing → Destination addresses and verify it:
     me@mine.net
3. Deploy. npm run deploy
4. Route the address. Email Routing → Routing rules → Create address: checker@mine.net, action Send to a Worker, checker-eu.
   Without Email Sending the message to itself must go through a verified mailbox that forwards to checker@mine.net:
   npm run setup -- --set MAIL_LOOPBACK_TO=… sets it.
5. ${SEE}
6. ${ASK}`);
  });

  test("while settings are examples or wrong, which is a step of its own", () => {
    const shipped = settings({ ALERT_CONTACT: "admin@example.com", MAIL_FROM: "checker@example.com" });
    const text = `\
1. A domain. A domain in the account, for mail. In the dashboard, Email → Email Routing: enable it for the domain.
2. Sending. Add every address that is to be mailed under Email Routing → Destination addresses and verify it:
     your ALERT_CONTACT and the admins of your peers
   Or onboard the domain for Email Sending (Workers Paid), and Checker may mail anyone.
3. Settings. npm run setup asks for what is missing. npm run check -- --deploy says what is wrong:
     MAIL_FROM is an example
4. Log in and deploy. npx wrangler login, then npm run deploy
5. Route the address. Email Routing → Routing rules → Create address: MAIL_FROM, action Send to a Worker, checker-eu.
   Without Email Sending the message to itself must go through a verified mailbox that forwards to MAIL_FROM:
   npm run setup -- --set MAIL_LOOPBACK_TO=… sets it.
6. ${SEE}
7. ${ASK}`;
    const known = { faults: ["MAIL_FROM is an example"], hasToken: false, hasPingSecret: false };
    expect(steps({ ...known, settings: shipped })).toBe(text);
    expect(steps({ ...known, settings: null })).toBe(text);
  });

  test("without mail", () => {
    expect(steps({ settings: settings({ NO_MAIL: true }), hasToken: false, hasPingSecret: false })).toBe(`\
1. Log in and deploy. npx wrangler login, then npm run deploy
2. See that it works. curl https://checker-eu.YOUR-SUBDOMAIN.workers.dev/status says JobProblem for up to a minute,
   then MailProblem, and stays at it, as NO_MAIL is set.
   npx wrangler tail shows what goes wrong, if anything does.
3. ${ASK}`);
  });

  test("name the secret of heartbeats also where it is the only one", () => {
    expect(steps({ hasToken: false })).toContain(
      "\n5. The secret. npx wrangler secret put PING_SECRET, and paste the one of .dev.vars: heartbeats need it.\n",
    );
  });

  test("come in the order and under the titles of the deployment guide", () => {
    const titles = [...guide.matchAll(/^## \d+\. (.*)$/gm)].map(([, title]) => title);
    const ours = remainingSteps({
      settings: null,
      faults: ["x"],
      workerName: "x",
      hasToken: false,
      hasPingSecret: false,
      isLoggedIn: false,
    })
      .map(({ title }) => title)
      .filter((title) => title !== "Log in and deploy");
    expect(titles.filter((title) => title !== undefined && ours.includes(title))).toEqual(ours);
  });
});
