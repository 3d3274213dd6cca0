import { describe, expect, test } from "vitest";
import { pingKey } from "../../src/platform/pings/ping-key.ts";
import { command, commandIn, project } from "./command.ts";

const SECRET = "a secret of the owner, and a long one";
const OTHER = "another secret, which the Worker has had";
const HEARTBEATS = `import { HeartbeatSpawner } from "#checker";
export class Heartbeats extends HeartbeatSpawner {
  override heartbeats = [{ name: "backup", schedule: "30 2 * * *" }, { name: "sync", everyMinutes: 15 }];
}
`;

describe("npm run pings", () => {
  test("prints the address of every heartbeat, and takes the secret from the environment before all", async () => {
    const copy = await project({
      "jobs/Heartbeats.ts": HEARTBEATS,
      ".dev.vars": `PING_SECRET="${SECRET}"\n`,
    });
    const [backup, sync] = await Promise.all(
      ["backup", "sync"].map((name) => pingKey(SECRET, `Heartbeats["${name}"]`)),
    );
    expect(await command(copy, "pings", "--url", "https://checker.example.com/status")).toEqual({
      code: 0,
      err: "",
      out: `Heartbeats backup\n  https://checker.example.com/ping/${backup}\nHeartbeats sync\n  https://checker.example.com/ping/${sync}\n`,
    });
    const other = await commandIn({ env: { PING_SECRET: OTHER } }, copy, "pings");
    expect(other).toEqual({
      code: 0,
      err: "",
      out: [
        "Heartbeats backup",
        `  https://YOUR-CHECKER/ping/${await pingKey(OTHER, `Heartbeats["backup"]`)}`,
        "Heartbeats sync",
        `  https://YOUR-CHECKER/ping/${await pingKey(OTHER, `Heartbeats["sync"]`)}`,
        "note: npm run pings -- --url ADDRESS puts yours in the place of https://YOUR-CHECKER",
        "",
      ].join("\n"),
    });
  });

  test("says what is missing: a secret, heartbeats, or a file that is right", async () => {
    const copy = await project({ "jobs/Torn.ts": "export class Torn {" });
    expect(await command(copy, "pings")).toEqual({
      code: 1,
      out: "",
      err: "problem: PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md\n",
    });
    expect(await commandIn({ env: { PING_SECRET: SECRET } }, copy, "pings")).toEqual({
      code: 1,
      out: "There are no heartbeats in jobs/.\n",
      err: "problem: jobs/Torn is wrong, and its heartbeats may be missing here: npm run check tells why\n",
    });
  });

  test("refuses an address that is none", async () => {
    const ended = await command(await project(), "pings", "--url", "checker.example.com");
    expect(ended).toEqual({
      code: 2,
      out: "",
      err: `"checker.example.com" is not an address; write it like https://checker.example.com\nTry: npm run pings -- --help\n`,
    });
  });
});

describe("npm run check", () => {
  test("notes heartbeats that nobody can ping here, and takes their secret for no stranger", async () => {
    const copy = await project({ "jobs/Heartbeats.ts": HEARTBEATS });
    const without = await command(copy, "check");
    expect(without.out).toContain(
      "note: Heartbeats backup: PING_SECRET is not set, so it has no address that could be pinged; set it to a random text: docs/guides/heartbeats.md\n",
    );
    expect(without.code).toBe(0);
    const set = await project({
      "jobs/Heartbeats.ts": HEARTBEATS,
      ".dev.vars": `PING_SECRET="${SECRET}"\nPING_SECRET_PREVIOUS="${OTHER}"\n`,
    });
    const { out, code } = await command(set, "check");
    expect([code, out.includes("PING_SECRET")]).toEqual([0, false]);
    // What a deployed Worker has as secrets is not known here.
    expect((await command(copy, "check", "--deploy")).out).not.toContain("PING_SECRET");
  });
});
