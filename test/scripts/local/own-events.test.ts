import { expect, test } from "vitest";
import { onlyOwnEvents, withMark } from "../../../scripts/local/own-events.ts";

/** What reached a Worker whose ADMIN_TOKEN is this. */
function worker(token: unknown = "token") {
  const reached: unknown[] = [];
  const guarded = onlyOwnEvents({
    scheduled: ({ cron, scheduledTime }) => void reached.push([cron, scheduledTime]),
    email(message) {
      reached.push([message.from, message.to]);
      message.setReject("no");
    },
  });
  const env = { ADMIN_TOKEN: token } as never;
  const context = {} as never;
  return {
    reached,
    scheduled: async (cron: string): Promise<void> =>
      guarded.scheduled?.({ cron, scheduledTime: 7, noRetry: () => undefined }, env, context),
    email: async (to: string): Promise<string> => {
      let rejected = "";
      const setReject = (reason: string): void => void (rejected = reason);
      await guarded.email?.({ from: "a@x", to, setReject } as never, env, context);
      return rejected;
    },
  };
}

test("what npm start itself sends reaches the Worker as it was", async () => {
  const { scheduled, email, reached } = worker();
  await scheduled(await withMark("token", "0 0 * * *"));
  expect(await email(await withMark("token", "b@x"))).toBe("no");
  expect(reached).toEqual([
    ["0 0 * * *", 7],
    ["a@x", "b@x"],
  ]);
});

test("white space around ADMIN_TOKEN is no part of it", async () => {
  const { scheduled, reached } = worker("  my token \r\n");
  await scheduled(await withMark("my token", "* * * * *"));
  expect(reached).toEqual([["* * * * *", 7]]);
});

test.each<readonly [string, (text: string) => string | Promise<string>]>([
  ["no mark", (text) => text],
  ["the mark of another token", (text) => withMark("other", text)],
  ["the mark of an empty token", (text) => withMark("", text)],
  ["the token itself", (text) => `token ${text}`],
  ["half a mark", async (text) => (await withMark("token", text)).slice(1)],
])("an event or a message with %s is refused, and nothing is done", async (_what, mark) => {
  const { scheduled, email, reached } = worker();
  const refused = "refused: only npm start itself may send cron events and mail to this Worker";
  await expect(scheduled(await mark("* * * * *"))).rejects.toThrow(refused);
  await expect(email(await mark("b@x"))).rejects.toThrow(refused);
  expect(reached).toEqual([]);
});

test.each([undefined, "", 7])("nothing is taken where ADMIN_TOKEN is %j", async (token) => {
  const { scheduled, reached } = worker(token);
  await expect(scheduled(await withMark("", "* * * * *"))).rejects.toThrow("refused");
  expect(reached).toEqual([]);
});

test("a mark holds no token, as wrangler logs addresses", async () => {
  expect(await withMark("a-secret-token", "* * * * *")).not.toContain("a-secret-token");
});
