import { describe, expect, test } from "vitest";
import { parseHeaders } from "../../src/checks/http-request.ts";
import { JobError } from "../../src/job-sdk/job-error.ts";

const URL_TEXT = "https://a.example/";

/** Why these headers are an error. */
function refused(headers: unknown): string {
  try {
    parseHeaders(headers, URL_TEXT);
  } catch (error) {
    if (error instanceof JobError && error.code === "E_HEADER") return error.message;
    throw error;
  }
  return "no error";
}

describe("a header that cannot be sent as it is written is an error:", () => {
  test("Host, which is always that of the url", () => {
    expect(refused({ HOST: "shop.example" })).toBe(
      'the header "HOST" of https://a.example/ cannot be sent: a Worker sends the host of the url; write the other one there',
    );
  });

  test.each([
    "Connection",
    "content-length",
    "Expect",
    "HTTP2-Settings",
    "Keep-Alive",
    "proxy-connection",
    "TE",
    "Trailer",
    "transfer-encoding",
    "Upgrade",
  ])("%s, which belongs to the connection", (name) => {
    expect(refused({ [name]: "1" })).toBe(
      `the header ${JSON.stringify(name)} of https://a.example/ cannot be sent: it belongs to the connection, which is not a Worker's; leave it out`,
    );
  });

  test.each([
    "CF-Connecting-IP",
    "cf-worker",
    "CF-Ray",
    "cf-visitor",
    "cf-ipcountry",
    "CDN-Loop",
    "cf-ew-via",
  ])("%s, which is Cloudflare's", (name) => {
    expect(refused({ [name]: "1" })).toBe(
      `the header ${JSON.stringify(name)} of https://a.example/ cannot be sent: Cloudflare sets it itself; leave it out`,
    );
  });

  test.each([
    ["", '""'],
    ["x y", '"x"'],
    ["x:", '"x"'],
    ["Authorization: Bearer secret", '"Authorization"'],
    [":path", '""'],
    ["ü", '""'],
    ["x\n", '"x"'],
  ])("a name such as %j", (name, shown) => {
    expect(refused({ [name]: "1" })).toBe(
      `the header ${shown} of https://a.example/ has a name that cannot be sent; correct it`,
    );
  });

  test.each([
    "secret\r\nx: y",
    "secret\u0000",
    "secret\u0001",
    "secret\u007f",
    "secret\u0085x",
    "secret 日",
    "secret “",
  ])("a value such as %j, which is not shown", (value) => {
    expect(refused({ "X-Key": value })).toBe(
      'the header "X-Key" of https://a.example/ has a character in its value that cannot be sent; leave it out or encode it',
    );
  });

  test.each([5, null, undefined, true, ["secret"]])("a value such as %j", (value) => {
    expect(refused({ x: value })).toBe(
      'the header "x" of https://a.example/ has a value that is no text; write it in quotes',
    );
  });

  test("one that is given twice, in different letter case", () => {
    expect(refused({ Accept: "a", accept: "b" })).toBe(
      'the header "accept" of https://a.example/ is given twice, in different letter case; leave one out',
    );
  });

  test.each([["x: y"], [[["x", "y"]]], [null], [new Headers({ x: "y" })], [5]])(
    "a table such as %j",
    (headers) => {
      expect(refused(headers)).toBe(
        'headers of https://a.example/ is no table; write it like { "x-api-key": "…" }',
      );
    },
  );
});

test("all other headers are sent, without white space around them", () => {
  const headers = {
    "CF-Access-Client-Secret": " s\n",
    "X-Forwarded-For": "192.0.2.1",
    "X-Real-IP": "192.0.2.1",
    "Accept-Encoding": "identity",
    Origin: "https://b.example",
    Cookie: "a=\tü",
  };
  expect(parseHeaders(headers, URL_TEXT)).toEqual({
    "cf-access-client-secret": "s",
    "x-forwarded-for": "192.0.2.1",
    "x-real-ip": "192.0.2.1",
    "accept-encoding": "identity",
    origin: "https://b.example",
    cookie: "a=\tü",
  });
});
