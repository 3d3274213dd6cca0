import { describe, expect, test } from "vitest";
import { down, inconclusive, up } from "../../src/core/outcome.ts";
import { fakeNetwork } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

const REFERENCES = ["https://one.example/", "https://two.example/"];

/** Three web servers, a file on the machine itself, and a network that a test can take away. */
class Connected extends Instance {
  readonly dead = new Set<string>();
  readonly asked: string[] = [];
  connected = true;

  constructor(settings: Partial<Instance["settings"]> = {}) {
    super([], { referenceTargets: REFERENCES, ...settings });
    const web = (name: string, host: string) =>
      jobFile(name, {
        numberFailuresBeforeNotification: () => 1,
        async execute({ network, signal }) {
          await network.fetch(`https://${host}/`, { signal });
          return up("HTTP 200");
        },
      });
    this.files = [
      web("A", "a.example"),
      web("B", "b.example"),
      web("C", "c.example"),
      web("Here", "localhost"),
    ];
    this.network = fakeNetwork({
      fetch: (url) => {
        const { hostname } = new URL(url);
        const reached = hostname === "localhost" || this.connected;
        if (this.dead.has(hostname) || !reached) return Promise.reject(new Error("timed out"));
        return Promise.resolve(new Response("well"));
      },
    });
    this.askReference = (url) => {
      this.asked.push(url);
      return Promise.resolve(this.connected ? up("HTTP 204") : down("timed out after 5 s"));
    };
  }

  async statusOf(name: string): Promise<string> {
    const state = (await this.store.readTick(this.clock.ms)).states.get(name);
    return `${state?.status}: ${state?.reason}`;
  }
}

describe("when most of what is checked fails", () => {
  test("and the reference targets fail too, nobody is told of it, and the admin once of the connection", async () => {
    const checker = new Connected();
    expect(await checker.tick("10:00")).toEqual([]);
    checker.connected = false;
    const [mail, ...noMore] = await checker.tick("10:01");
    expect(noMore).toEqual([]);
    expect(mail?.to).toBe("ops@example.com");
    expect(mail?.subject).toBe("[checker-eu] This Checker is cut off from the network");
    expect(mail?.body)
      .toBe(`Most of what this Checker checks failed at 2026-11-23 10:01 UTC, and so did the reference targets.

Reason: none of 2 reference targets answers: timed out after 5 s

So it is this Checker that is cut off, and not what it checks: those outcomes count neither as up nor as
down, and nobody is told of them. You are told once more when it is over.

What to do: look at Cloudflare's status page. If the reference targets are not meant to be reached from
here, choose others with REFERENCE_TARGETS.
`);
    expect(await checker.statusOf("A")).toBe(
      "inconclusive: not judged: this Checker itself was cut off, as no reference target answered; seen was: the job failed: timed out",
    );
    for (const time of ["10:02", "10:03", "10:04"]) expect(await checker.tick(time)).toEqual([]);

    checker.connected = true;
    const [over, ...nothingElse] = await checker.tick("10:05");
    expect(nothingElse).toEqual([]);
    expect(over?.subject).toBe("[checker-eu] This Checker is connected again");
    expect(over?.body).toBe(`This Checker reaches the network again, and its checks count again.

Cut off: from 2026-11-23 10:01 UTC to 2026-11-23 10:05 UTC (4 min)

What to do: nothing. What failed and recovered meanwhile was not seen.
`);
    expect(await checker.statusOf("A")).toBe("up: HTTP 200");
    expect(await checker.tick("10:06")).toEqual([]);
  });

  test("but a reference target answers, it is they that fail", async () => {
    const checker = new Connected();
    checker.dead.add("a.example").add("b.example");
    const [mail] = await checker.tick("10:00");
    expect(mail?.subject).toBe("[checker-eu] 2 down");
    expect(checker.asked).toEqual(REFERENCES);
  });

  test("but the reference targets could not be asked, what was seen stands", async () => {
    const checker = new Connected();
    checker.dead.add("a.example").add("b.example");
    checker.askReference = () => Promise.resolve(inconclusive("too many subrequests"));
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] 2 down"]);
  });

  test("but no reference target is set, what was seen stands", async () => {
    const checker = new Connected({ referenceTargets: [] });
    checker.connected = false;
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] 3 down"]);
    expect(checker.asked).toEqual([]);
  });
});

test("when fewer than most fail the reference targets are left in peace", async () => {
  const checker = new Connected();
  checker.dead.add("a.example");
  expect(await checker.subjects("10:00")).toEqual(["[checker-eu] A failed"]);
  expect(checker.asked).toEqual([]);
});

test("a server on the machine itself is judged as ever, whatever the connection", async () => {
  const checker = new Connected();
  checker.connected = false;
  checker.dead.add("localhost");
  expect((await checker.tick("10:00"))[0]?.subject).toBe("[checker-eu] 2 down");
  expect(await checker.statusOf("Here")).toBe("down: the job failed: timed out");
  expect(await checker.statusOf("A")).toMatch(/^inconclusive: not judged/);
});

test("a connection without HTTP reaches out as well", async () => {
  const checker = new Connected();
  checker.files = [
    jobFile("Port", {
      numberFailuresBeforeNotification: () => 1,
      async execute({ network }) {
        await network.connect({ hostname: "db.example", port: 5432 }).opened;
        return true;
      },
    }),
  ];
  checker.connected = false;
  expect(await checker.subjects("10:00")).toEqual(["[checker-eu] This Checker is cut off from the network"]);
});

test("a failure that was told before is not told as over when the connection is lost", async () => {
  const checker = new Connected();
  checker.dead.add("a.example");
  expect(await checker.subjects("10:00")).toEqual(["[checker-eu] A failed"]);
  checker.connected = false;
  expect(await checker.subjects("10:01")).toEqual(["[checker-eu] This Checker is cut off from the network"]);
  checker.connected = true;
  expect(await checker.subjects("10:02")).toEqual(["[checker-eu] This Checker is connected again"]);
  checker.dead.clear();
  expect(await checker.subjects("10:03")).toEqual(["[checker-eu] A is well again"]);
});

test("an instance that never was cut off keeps no state of it", async () => {
  const checker = new Connected();
  await checker.tick("10:00");
  expect([...(await checker.store.readTick(checker.clock.ms)).states.keys()]).toEqual([
    "A",
    "B",
    "C",
    "Here",
  ]);
});
