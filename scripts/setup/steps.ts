/** What is left to do by hand, in the words and the order of "Deploy" in the README. */
import type { Settings } from "../../src/core/settings.ts";
import type { Paint } from "../local/lines.ts";
import { isExample } from "./questions.ts";

export interface Step {
  readonly title: string;
  /** Lines. */
  readonly text: readonly string[];
}

/** As far as it can be known on this machine. */
export interface Known {
  /** Null when they are not valid. */
  readonly settings: Settings | null;
  /** What a deploy would refuse of them. */
  readonly faults: readonly string[];
  readonly workerName: string;
  readonly hasToken: boolean;
  readonly hasPingSecret: boolean;
  /** Whether wrangler is given a token of Cloudflare's in the environment. */
  readonly isLoggedIn: boolean;
}

export function remainingSteps(known: Known): readonly Step[] {
  const { settings, workerName } = known;
  const usesMail = settings?.noMail !== true;
  return [
    ...(usesMail ? [domainStep(settings), sendingStep(settings)] : []),
    ...(known.faults.length === 0 ? [] : [settingsStep(known.faults)]),
    {
      title: known.isLoggedIn ? "Deploy" : "Log in and deploy",
      text: [known.isLoggedIn ? "npm run deploy" : "npx wrangler login, then npm run deploy"],
    },
    ...(usesMail ? [routeStep(settings, workerName)] : []),
    ...secretStep(known),
    statusStep(workerName, usesMail),
    peersStep(settings),
  ];
}

function domainStep(settings: Settings | null): Step {
  const domain = settings === null || isExample(settings.mailFrom) ? null : domainOf(settings.mailFrom);
  const which =
    domain === null ? "A domain in the account, for mail." : `${domain} must be in the account, for mail.`;
  return {
    title: "A domain",
    text: [`${which} In the dashboard, Email → Email Routing: enable it for the domain.`],
  };
}

function sendingStep(settings: Settings | null): Step {
  const onboard = "onboard the domain for Email Sending (Workers Paid), and Checker may mail anyone";
  const add =
    "add every address that is to be mailed under Email Routing → Destination addresses and verify it";
  const mailed = settings === null ? [] : mailedBy(settings);
  const whom = mailed.length === 0 ? "your ALERT_CONTACT and the admins of your peers" : mailed.join(", ");
  return {
    title: "Sending",
    text:
      settings?.plan === "paid"
        ? [`Either ${onboard};`, `or ${add}:`, `  ${whom}`]
        : [`${capital(add)}:`, `  ${whom}`, `Or ${onboard}.`],
  };
}

/** Without examples, to which nothing can be sent. */
function mailedBy({ alertContacts, mailFrom, mailLoopbackTo, peers }: Settings): readonly string[] {
  const loopback = mailLoopbackTo === mailFrom ? [] : [mailLoopbackTo];
  const all = [...alertContacts, ...loopback, ...peers.map(({ admin }) => admin)];
  return [...new Set(all)].filter((address) => !isExample(address));
}

function settingsStep(faults: readonly string[]): Step {
  return {
    title: "Settings",
    text: [
      "npm run setup asks for what is missing. npm run check -- --deploy says what is wrong:",
      ...faults.map((fault) => `  ${fault}`),
    ],
  };
}

function routeStep(settings: Settings | null, workerName: string): Step {
  const known = settings !== null && !isExample(settings.mailFrom) ? settings : null;
  const address = known?.mailFrom ?? "MAIL_FROM";
  const create = `Email Routing → Routing rules → Create address: ${address}, action Send to a Worker, ${workerName}.`;
  if (settings !== null && settings.mailLoopbackTo !== settings.mailFrom) {
    return {
      title: "Route the address",
      text: [create, `Let ${settings.mailLoopbackTo} forward to ${address}.`],
    };
  }
  const loopback = [
    `Without Email Sending the message to itself must go through a verified mailbox that forwards to ${address}:`,
    "npm run setup -- --set MAIL_LOOPBACK_TO=… sets it.",
  ];
  return { title: "Route the address", text: [create, ...loopback] };
}

function secretStep({ hasToken, hasPingSecret }: Known): Step[] {
  if (!hasToken && !hasPingSecret) return [];
  const ping = "npx wrangler secret put PING_SECRET, and paste the one of .dev.vars: heartbeats need it.";
  const text = hasToken
    ? [
        "npx wrangler secret put ADMIN_TOKEN, and paste the one of .dev.vars: it signs you in to the page.",
        "Likewise PING_SECRET where there are heartbeats, and DEAD_MAN_URL for a dead man's switch",
        "(docs/guides/heartbeats.md, docs/guides/dead-mans-switch.md).",
      ]
    : [ping];
  return [{ title: "The secret", text }];
}

function statusStep(workerName: string, usesMail: boolean): Step {
  const url = `https://${workerName}.YOUR-SUBDOMAIN.workers.dev/status`;
  const then = usesMail
    ? "then MailProblem until the first message has come back, then True."
    : "then MailProblem, and stays at it, as NO_MAIL is set.";
  return {
    title: "See that it works",
    text: [
      `curl ${url} says JobProblem for up to a minute,`,
      then,
      "npx wrangler tail shows what goes wrong, if anything does.",
    ],
  };
}

function peersStep(settings: Settings | null): Step {
  const admins = [...new Set((settings?.peers ?? []).map(({ admin }) => admin))];
  return {
    title: "Peers",
    text:
      admins.length === 0
        ? [
            "Ask somebody who runs a Checker to add your /status address and your mail address to their PEERS, and",
            'add theirs to yours: npm run setup -- --set PEERS="https://…/status admin@…"',
          ]
        : [
            `Ask ${admins.join(", ")} to add your /status address and your mail address to their PEERS,`,
            "once it says True: one that has proven nothing yet is mailed to its admin as in trouble.",
          ],
  };
}

export function formatSteps(steps: readonly Step[], paint: Paint): string {
  const parts = steps.map(({ title, text }, index) => {
    const [first = "", ...others] = text;
    const number = `${index + 1}. `;
    const rest = others.map((line) => `\n${" ".repeat(number.length)}${line}`).join("");
    return `${number}${paint("bold", `${title}.`)} ${first}${rest}`;
  });
  return parts.join("\n");
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf("@") + 1);
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
