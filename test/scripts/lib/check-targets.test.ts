import { describe, expect, test } from "vitest";
import { unreachableTargets } from "../../../scripts/lib/check-targets.ts";
import { HTTPServerSpawner } from "../../../src/checks/http-server.ts";
import { PeerSpawner } from "../../../src/checks/peer.ts";
import { TCPServerSpawner } from "../../../src/checks/tcp-server.ts";
import { TLSCertExpirationSpawner } from "../../../src/checks/tls-expiration.ts";
import { JobBase } from "../../../src/job-sdk/job-base.ts";
import { JobSpawner } from "../../../src/job-sdk/job-spawner.ts";
import type { JobConfig } from "../../../src/job-sdk/job-config.ts";
import { loadList } from "../../support/fakes/jobs.ts";

type List = Parameters<typeof loadList>[0];

async function toldOf(list: List, settings: Parameters<typeof loadList>[1] = {}): Promise<string[]> {
  const { jobs, fault } = await loadList(list, settings);
  expect(fault).toBeNull();
  expect(jobs).not.toEqual([]);
  return unreachableTargets(jobs);
}

const http = (...urls: readonly string[]): List =>
  class extends HTTPServerSpawner {
    override servers = urls;
  };
const tcp = (...addresses: readonly string[]): List =>
  class extends TCPServerSpawner {
    override servers = addresses;
  };
const tls = (...addresses: readonly string[]): List =>
  class extends TLSCertExpirationSpawner {
    override servers = addresses;
  };

const BY_NAME = "Hint: watch it by a host name that the public can look up and reach";
const MACHINE = `means the machine on which it runs. ${BY_NAME}`;
const PRIVATE = `is a private address. ${BY_NAME}`;
const NETWORK = `is a name of a private network. ${BY_NAME}`;
const NO_NAME = `an address without a host name. ${BY_NAME}`;
const CLOUDFLARE =
  "is an address of Cloudflare, to which a Worker may not connect. Hint: watch it by its host name in HTTPServerChecker";
const MAIL_PORT =
  "Workers may not connect to port 25. Hint: watch another port of the mail server, such as 465 or 587";

describe("what a deployed Worker cannot reach is told with its reason and remedy:", () => {
  test.each<[string, string, (...targets: readonly string[]) => List]>([
    ["http://127.0.0.1:8000/", `127.0.0.1 ${MACHINE}`, http],
    ["http://[::1]/", `::1 ${MACHINE}`, http],
    ["https://localhost/", `localhost ${MACHINE}`, http],
    ["https://web.localhost./", `web.localhost. ${MACHINE}`, http],
    ["http://192.168.1.1/", `192.168.1.1 ${PRIVATE}`, http],
    ["https://nas.local/", `nas.local ${NETWORK}`, http],
    ["https://DB.prod.internal/", `db.prod.internal ${NETWORK}`, http],
    ["https://192.0.2.1/", `a Worker cannot fetch 192.0.2.1, ${NO_NAME}`, http],
    ["https://[2606:4700::1]/", `a Worker cannot fetch 2606:4700::1, ${NO_NAME}`, http],
    ["127.0.0.2:22", `127.0.0.2 ${MACHINE}`, tcp],
    ["[fd00::1]:22", `fd00::1 ${PRIVATE}`, tcp],
    ["10.1.2.3:25", `10.1.2.3 ${PRIVATE}`, tcp],
    ["db.internal.:5432", `db.internal. ${NETWORK}`, tcp],
    ["104.16.1.1:443", `104.16.1.1 ${CLOUDFLARE}`, tcp],
    ["mail.example.com:25", MAIL_PORT, tcp],
    ["192.0.2.1:25", MAIL_PORT, tcp],
    ["localhost", `localhost ${MACHINE}`, tls],
    ["172.16.0.1", `172.16.0.1 ${PRIVATE}`, tls],
    ["[2606:4700::1]:8443", `2606:4700::1 ${CLOUDFLARE}`, tls],
    ["mail.example.com:25", MAIL_PORT, tls],
  ])("%s: %s", async (target, why, list) => {
    expect(await toldOf(list(target))).toEqual([
      `List ${target}: a deployed Worker cannot reach this: ${why}`,
    ]);
  });

  test("a peer", async () => {
    const List = class extends PeerSpawner {};
    const peers = [
      { url: "http://10.0.0.1:8787/status", admin: "a@a.net" },
      { url: "https://a.net/status", admin: "a@a.net" },
    ];
    expect(await toldOf(List, { peers })).toEqual([
      `List http://10.0.0.1:8787/status: a deployed Worker cannot reach this: 10.0.0.1 ${PRIVATE}`,
    ]);
  });
});

describe("nothing is told of", () => {
  test.each<[string, List]>([
    [
      "HTTP servers with a public name, on whatever port",
      http("https://a.example/", "http://a.example:25/", "https://internal.example/", "https://local/"),
    ],
    ["TCP servers", tcp("a.example:26", "192.0.2.1:22", "[2001:db8::1]:22", "mylocalhost:22")],
    ["certificates", tls("a.example", "192.0.2.1:8443")],
    [
      "jobs of the owner's own, whatever they have",
      class extends JobSpawner {
        *getSubJobs(config: JobConfig): Generator<JobBase> {
          for (const watched of [null, "127.0.0.1"]) {
            yield new (class extends JobBase {
              readonly watched = watched;
              execute(): boolean {
                return true;
              }
            })(config, String(watched));
          }
        }
      },
    ],
  ])("%s", async (_, list) => {
    expect(await toldOf(list)).toEqual([]);
  });
});
