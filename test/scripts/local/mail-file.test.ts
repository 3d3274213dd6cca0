import { expect, test } from "vitest";
import { mailFileName } from "../../../scripts/local/mail-file.ts";

const mail = {
  messageId: "<1@example.com>",
  from: "checker@example.com",
  to: "Admin@Example.com",
  subject: "[checker] HTTPServerChecker https://example.com/ failed",
  sentAtMs: Date.parse("2026-11-23T12:03:04.567Z"),
};

test("a name tells time, recipient and subject", () => {
  expect(mailFileName(mail)).toMatch(
    /^20261123T120304Z-admin@example\.com-checker-httpserverchecker-https-example-com-failed-[0-9a-f]{8}\.eml$/,
  );
});

test("a long subject is cut between words, and a long word inside", () => {
  const subject = "[checker] HTTPServerChecker http://127.0.0.1:21777/health is well again";
  expect(mailFileName({ ...mail, subject })).toMatch(
    /^20261123T120304Z-admin@example\.com-checker-httpserverchecker-http-127-0-0-1-21777-health-is-[0-9a-f]{8}\.eml$/,
  );
  expect(mailFileName({ ...mail, subject: "x".repeat(100) })).toMatch(
    new RegExp(`^20261123T120304Z-admin@example\\.com-${"x".repeat(60)}-[0-9a-f]{8}\\.eml$`),
  );
});

test("two mails never share a name, and one always has the same", () => {
  expect(mailFileName({ ...mail, messageId: "<2@example.com>" })).not.toBe(mailFileName(mail));
  expect(mailFileName({ ...mail })).toBe(mailFileName(mail));
});

test("names stand in the order of sending", () => {
  const later = mailFileName({ ...mail, to: "a@example.com", sentAtMs: mail.sentAtMs + 1_000 });
  expect([later, mailFileName(mail)].toSorted()).toEqual([mailFileName(mail), later]);
});

test("no address and no subject leads out of the folder", () => {
  const name = mailFileName({ ...mail, to: "../../etc/x@y", subject: "../\u0000/ Ünïcode ".repeat(50) });
  expect(name).toMatch(/^[A-Za-z0-9@._+-]+$/);
  expect(name).not.toContain("/");
  expect(name.length).toBeLessThan(200);
});
