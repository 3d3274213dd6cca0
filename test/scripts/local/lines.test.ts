import { expect, test } from "vitest";
import {
  banner,
  changeLine,
  gapLine,
  coloured,
  mailLine,
  plain,
  serverLine,
  statusLine,
  tickLine,
  workerLine,
} from "../../../scripts/local/lines.ts";

const AT = Date.parse("2026-11-23T12:03:04.500Z");
const tick = {
  scheduledAtMs: Date.parse("2026-11-23T12:03:00Z"),
  startedAtMs: AT - 812,
  finishedAtMs: AT,
  frequencies: ["MINUTE"],
  caughtUp: [],
  jobs: 5,
  up: 3,
  down: 1,
  inconclusive: 1,
} as const;
const mail = {
  messageId: "<1@example.com>",
  from: "checker@example.com",
  to: "admin@example.com",
  subject: "[checker] HTTPServerChecker https://example.com/ failed",
  sentAtMs: AT,
};
const change = {
  jobKey: "HTTPServerChecker",
  name: "HTTPServerChecker https://example.com/",
  from: "up",
  to: "down",
  reason: "connection refused",
  atMs: AT,
} as const;

test("a tick is one line, aligned whatever it holds", () => {
  const whole = { ...tick, frequencies: ["MINUTE", "HOUR", "DAY", "DAY_NOON"] as const, jobs: 1, up: 120 };
  expect([tickLine(plain, tick), tickLine(plain, whole)]).toEqual([
    "12:03:04  tick     12:03  MINUTE                      5 jobs    3 up    1 down    1 inconclusive    0.8 s",
    "12:03:04  tick     12:03  MINUTE HOUR DAY DAY_NOON    1 job   120 up    1 down    1 inconclusive    0.8 s",
  ]);
});

test("a change names the job, what it was and why", () => {
  expect(changeLine(plain, change, AT)).toBe(
    "12:03:04  job      HTTPServerChecker https://example.com/ is down (was up): connection refused",
  );
  expect(changeLine(plain, { ...change, from: null, to: "up", reason: "200" }, AT)).toBe(
    "12:03:04  job      HTTPServerChecker https://example.com/ is up (first run): 200",
  );
});

test("a status tells why unless all is well", () => {
  expect([
    statusLine(plain, [null, "JobProblem", "no tick has completed yet"], AT),
    statusLine(plain, ["JobProblem", "True", "well"], AT),
    statusLine(plain, ["True", "no answer", null], AT),
  ]).toEqual([
    "12:03:04  status   JobProblem: no tick has completed yet",
    "12:03:04  status   JobProblem → True",
    "12:03:04  status   True → no answer",
  ]);
});

test("mail tells whom it was for and where it lies", () => {
  const showPath = (path: string): string => path.replace("/home/me/checker/", "");
  const path = "/home/me/checker/.checker/mail/a.eml";
  expect([
    mailLine(plain, { kind: "kept", mail, path }, AT, showPath),
    mailLine(plain, { kind: "returned", mail }, AT, showPath),
    mailLine(plain, { kind: "refused", mail, reason: "no token of ours" }, AT, showPath),
  ]).toEqual([
    '12:03:04  mail     → admin@example.com  "[checker] HTTPServerChecker https://example.com/ failed"  .checker/mail/a.eml',
    "12:03:04  mail     loopback delivered",
    '12:03:04  mail     loopback refused by the Worker: "[checker] HTTPServerChecker https://example.com/ failed": no token of ours',
  ]);
});

test("what comes from outside can neither break the line nor reach the terminal", () => {
  const evil = { ...change, reason: "\u001b[2J\r\n12:00:00  status   True" };
  expect(changeLine(plain, evil, AT)).toBe(
    "12:03:04  job      HTTPServerChecker https://example.com/ is down (was up): [2J 12:00:00 status True",
  );
});

test("an error of the Worker has its continuation under its text", () => {
  expect([
    workerLine(plain, { kind: "error", text: "Uncaught Error: boom" }, AT),
    workerLine(plain, { kind: "more", text: "  at scheduled (src/index.ts:1:1)" }, AT),
    workerLine(plain, { kind: "broken build", text: "the Worker can not be built" }, AT),
    workerLine(plain, { kind: "warning", text: "a warning of a job" }, AT),
  ]).toEqual([
    "12:03:04  error    Uncaught Error: boom",
    "                     at scheduled (src/index.ts:1:1)",
    "12:03:04  error    the Worker can not be built",
    "12:03:04  warning  a warning of a job",
  ]);
});

test("a death and what follows stand under a label of their own", () => {
  expect([
    serverLine(plain, "red", "the Worker's runtime (workerd) died; starting it again", AT),
    serverLine(coloured, "green", "runs again after 6.7 s", AT),
  ]).toEqual([
    "12:03:04  server   the Worker's runtime (workerd) died; starting it again",
    "\u001b[2m12:03:04\u001b[22m  server   \u001b[32mruns again after 6.7 s\u001b[39m",
  ]);
});

test("colours only mark, and are there only when asked for", () => {
  expect(statusLine(coloured, ["True", "MailProblem", null], AT)).toBe(
    "\u001b[2m12:03:04\u001b[22m  status   True → \u001b[31mMailProblem\u001b[39m",
  );
});

test("the banner tells where everything is", () => {
  expect(
    banner(plain, {
      port: 8787,
      secretsPath: ".checker/secrets.env",
      statePath: ".checker",
      mailPath: ".checker/mail",
      mailFrom: "checker@example.com",
      crons: ["1-59 * * * *", "0 0 * * *"],
    }),
  ).toBe(`Checker is running.

  page    http://localhost:8787/  (sign in with ADMIN_TOKEN of .checker/secrets.env)
  status  http://localhost:8787/status
  state   .checker
  mail    .checker/mail  (kept as .eml files; mail to checker@example.com comes back to Checker)
  clock   1-59 * * * *   0 0 * * *   (UTC, as all times here)
  stop    Ctrl-C
`);
});

test("a token of the loopback is not printed", () => {
  const subject = "[checker] checker-loopback-0123456789abcdef0123456789abcdef";
  const event = { kind: "refused", mail: { ...mail, subject }, reason: "too late" } as const;
  expect(mailLine(plain, event, AT, String)).toBe(
    '12:03:04  mail     loopback refused by the Worker: "[checker] checker-loopback-…": too late',
  );
});

test("a gap in the minutes is a line, and one in anything else says nothing new", () => {
  const gap = {
    frequency: "MINUTE",
    fromMs: Date.UTC(2026, 10, 23, 10, 1),
    toMs: Date.UTC(2026, 10, 23, 10, 4),
    slots: 4,
  } as const;
  expect(gapLine(plain, gap, AT)).toBe(
    "12:03:04  gap      no checks ran from 2026-11-23 10:01 UTC to 2026-11-23 10:05 UTC",
  );
  expect(gapLine(plain, { ...gap, frequency: "HOUR" }, AT)).toBeNull();
});
