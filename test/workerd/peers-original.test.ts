import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startServer, type TestServer } from "../support/network/tls-servers.ts";
import { said, startProber, type Prober } from "../support/worker/prober.ts";
import { BASE, HOUR, useWorkers } from "../support/worker/suite.ts";

let prober: Prober;

beforeAll(async () => {
  prober = await startProber();
});

const suite = useWorkers(() => [{ name: "one", vars: { JOBS: [] } }]);

afterAll(() => prober.close());

/** The original Checker's own web server, byte for byte as Python's http.server writes it. */
function startOriginal(body: string, version = "HTTP/1.0"): Promise<TestServer> {
  const head = [
    `${version} 200 OK`,
    "Server: BaseHTTP/0.6 Python/3.8.10",
    "Date: Mon, 23 Nov 2026 01:40:00 GMT",
    "Content-type: text/html",
    ...(version === "HTTP/1.1" ? [`Content-Length: ${body.length}`] : []),
  ];
  return startServer((socket) => {
    socket.once("data", () => socket.end(`${head.join("\r\n")}\r\n\r\n${body}`));
  });
}

async function saidOf(starting: Promise<TestServer>): Promise<string> {
  const server = await starting;
  try {
    return said(await prober.peer(`http://127.0.0.1:${server.port}/`));
  } finally {
    await server.close();
  }
}

/** What the original makes of a peer: urllib's request, 5 s, and the word compared as a whole. */
async function askAsOriginal(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      "Accept-Encoding": "identity",
      "User-Agent": "Python-urllib/3.8",
      Connection: "close",
    };
    const asked = request(`${url}status`, { headers, timeout: 5000 }, (response) => {
      text(response).then((body) => resolve(`${response.statusCode} ${body}`), reject);
    });
    asked.once("timeout", () => asked.destroy(new Error("no response")));
    asked.once("error", reject);
    asked.end();
  });
}

describe("an original Checker as our peer", () => {
  test.each(["HTTP/1.0", "HTTP/1.1"])("is understood over %s", async (version) => {
    expect(await saidOf(startOriginal("True", version))).toBe("well: the peer is well");
    expect(await saidOf(startOriginal("MailProblem", version))).toBe(
      "mail: the peer cannot send email (it answers MailProblem)",
    );
    expect(await saidOf(startOriginal("JobProblem", version))).toBe(
      "jobs: the peer runs no jobs (it answers JobProblem)",
    );
  });

  test("is understood with a line end after its word", async () => {
    expect(await saidOf(startOriginal("True\n"))).toBe("well: the peer is well");
    expect(await saidOf(startOriginal("True\r\n"))).toBe("well: the peer is well");
  });

  test.each(["False", "TrueMailProblem", " True", "True ", "True\n\n", "\uFEFFTrue"])(
    "that answers %j has not said that it is well",
    async (body) => {
      expect(await saidOf(startOriginal(body))).toMatch(
        /^silent: the peer's answer is none of True, MailProblem and JobProblem: "/,
      );
    },
  );

  test("that ends its word in the middle has not said that it is well", async () => {
    const cut = startServer((socket) => {
      socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nMail"));
    });
    expect(await saidOf(cut)).toMatch(/^silent: the peer/);
  });

  test("that is gone has not answered", async () => {
    const server = await startOriginal("True");
    await server.close();
    expect(said(await prober.peer(`http://127.0.0.1:${server.port}/`))).toBe(
      "silent: the peer gave no answer: connection refused",
    );
  });
});

describe("we as the peer of an original Checker", () => {
  test("answer its request with each of the three words, and nothing else", async () => {
    const checker = suite.checker();
    expect(await askAsOriginal(suite.url)).toBe("200 JobProblem");
    await checker.tick(BASE);
    expect(await askAsOriginal(suite.url)).toBe("200 MailProblem");
    await checker.sql("INSERT INTO loopback VALUES ('t', 'm', ?1, ?1)", checker.now());
    expect(await askAsOriginal(suite.url)).toBe("200 True");
    await checker.sql("UPDATE tick SET finished_at = finished_at - ?1", HOUR);
    expect(await askAsOriginal(suite.url)).toBe("200 JobProblem");
  });
});
