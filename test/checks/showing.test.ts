import { describe, expect, test } from "vitest";
import type { EntryOptions } from "../../src/checks/list-spawner.ts";
import { HTTPServerSpawner } from "../../src/checks/http-server.ts";
import { TCPServerSpawner } from "../../src/checks/tcp-server.ts";
import { TLSCertExpirationSpawner } from "../../src/checks/tls-expiration.ts";
import { loadList } from "../support/fakes/jobs.ts";

/** Entries of a list that is public and has a heading of its own. */
class Shop extends HTTPServerSpawner {
  override servers = [
    "https://a.example/",
    { url: "https://b.example/", isPublic: false },
    { url: "https://c.example/", group: "Payment" },
  ];
  override isPublic(): boolean {
    return true;
  }
  override getGroup(): string {
    return "Shop";
  }
}

async function shownOf(list: Parameters<typeof loadList>[0]) {
  const { jobs, fault } = await loadList(list);
  return [jobs.map(({ name, group, isPublic }) => [name, group, isPublic]), fault];
}

describe("a list", () => {
  test("says for all its entries who sees them and where, and an entry for itself", async () => {
    expect(await shownOf(Shop)).toEqual([
      [
        ["List https://a.example/", "Shop", true],
        ["List https://b.example/", "Shop", false],
        ["List https://c.example/", "Payment", true],
      ],
      null,
    ]);
  });

  test.each([
    [HTTPServerSpawner, { url: "https://a.example/" }, "List https://a.example/"],
    [TCPServerSpawner, { address: "a.example:22" }, "List a.example:22"],
    [TLSCertExpirationSpawner, { address: "a.example" }, "List a.example"],
  ])("of any kind is private under its own name, and takes both options: %#", async (Base, target, name) => {
    const listOf = (showing: EntryOptions): Parameters<typeof loadList>[0] =>
      class extends (Base as typeof HTTPServerSpawner) {
        override servers = [{ ...target, ...showing } as never];
      };
    expect(await shownOf(listOf({}))).toEqual([[[name, "List", false]], null]);
    expect(await shownOf(listOf({ group: "Mail", isPublic: true }))).toEqual([[[name, "Mail", true]], null]);
  });

  test("names an entry whose option says neither yes nor no, or no heading", async () => {
    class Wrong extends HTTPServerSpawner {
      override servers = [
        { url: "https://a.example/", isPublic: "no" as unknown as boolean },
        { url: "https://b.example/", group: " " },
      ];
    }
    const wrong = [
      `entry 1: isPublic of List https://a.example/ is "no"; give true or false`,
      `entry 2: group of List https://b.example/ is " "; give a text, the heading under which it is shown`,
    ];
    expect(await shownOf(Wrong)).toEqual([[], wrong.join("; ")]);
  });
});
