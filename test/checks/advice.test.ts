import { describe, expect, test } from "vitest";
import { HTTPServerSpawner } from "../../src/checks/http-server.ts";
import { TCPServerSpawner } from "../../src/checks/tcp-server.ts";
import { TLSCertExpirationSpawner } from "../../src/checks/tls-expiration.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { at } from "../support/fakes/ports.ts";
import { loadList } from "../support/fakes/jobs.ts";

/** The mail about a failure of the list's first job, which began at 09:00. */
async function failureMail(
  List: Parameters<typeof loadList>[0],
  failureKind: string | null = null,
): Promise<object> {
  const { jobs } = await loadList(List);
  const job = jobs[0]?.job as JobBase;
  const told = job.onFailure({
    reason: "no connection",
    sinceMs: at("2026-11-23 09:00"),
    failures: 60,
    nowMs: at("2026-11-23 10:00"),
    endedMs: null,
    latencyMs: null,
    failureKind,
    flapping: false,
    changes: 0,
  });
  return { told, mails: JobBase.takeRequestedEmails(job) };
}

describe("the mail about a failure says what to do for", () => {
  const mail = (name: string, advice: string): object => ({
    told: true,
    mails: [
      {
        subject: `List ${name} failed`,
        body: `List ${name} failed.

Reason:   no connection
Since:    2026-11-23 09:00 UTC (1 h)
Failures: 60 in a row
Checked:  2026-11-23 10:00 UTC

${advice}
`,
        to: ["ops@example.com"],
      },
    ],
  });

  test("an HTTP server", async () => {
    const List = class extends HTTPServerSpawner {
      override servers = ["https://a.example/"];
    };
    expect(await failureMail(List)).toEqual(
      mail(
        "https://a.example/",
        "What to do: open the address yourself. If it fails for you too, look at the server and its log.",
      ),
    );
  });

  test("an HTTP server behind a bot challenge", async () => {
    const List = class extends HTTPServerSpawner {
      override servers = ["https://a.example/"];
    };
    expect(await failureMail(List, "bot challenge")).toEqual(
      mail(
        "https://a.example/",
        "What to do: let Checker through in the server's Cloudflare zone, by a WAF rule that skips the challenge for a secret header of this entry; Bot Fight Mode has no exceptions and must be off. Of the server itself nothing is known.",
      ),
    );
  });

  test("a TCP server", async () => {
    const List = class extends TCPServerSpawner {
      override servers = ["a.example:22"];
    };
    expect(await failureMail(List)).toEqual(
      mail(
        "a.example:22",
        "What to do: see whether the server runs, listens on this port, and lets strangers connect.",
      ),
    );
  });

  test("a certificate", async () => {
    const List = class extends TLSCertExpirationSpawner {
      override servers = ["a.example"];
    };
    expect(await failureMail(List)).toEqual(
      mail(
        "a.example",
        "What to do: renew the certificate, install it, and restart what serves it. Browsers refuse a wrong one.",
      ),
    );
  });

  test("a certificate that could not be read, which renewing would not help", async () => {
    const List = class extends TLSCertExpirationSpawner {
      override servers = ["a.example"];
    };
    expect(await failureMail(List, "no certificate")).toEqual(
      mail(
        "a.example",
        "What to do: see whether the server runs and speaks TLS on this port. Its certificate could not be read.",
      ),
    );
  });
});
