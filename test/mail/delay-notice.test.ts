import { describe, expect, test } from "vitest";
import { delayNotice } from "../../src/mail/delay-notice.ts";
import type { LeasedMessage } from "../../src/mail/message.ts";
import { at } from "../support/fakes/ports.ts";
import { messageOf } from "../support/fakes/commit.ts";

const message = (time: string, throttled = false): LeasedMessage => ({
  ...messageOf("a", { decidedAtMs: at(`2026-11-23 ${time}`) }),
  attempts: 1,
  unfinished: 1,
  lastError: null,
  throttled,
});
const now = at("2026-11-23 13:20");

describe("above the text of a mail stands", () => {
  test("nothing when it comes in time", () => {
    expect(delayNotice([message("13:15")], 30, null, now)).toBe("");
  });

  test("when it was decided, and how late it comes, from the first millisecond after five minutes", () => {
    expect(delayNotice([message("10:00")], 30, null, now)).toBe(
      "This was decided at 2026-11-23 10:00 UTC and comes 3 h 20 min late: it could not be mailed before.\n\n",
    );
    expect(delayNotice([message("13:15")], 30, null, now + 1)).not.toBe("");
  });

  test("of several the oldest", () => {
    expect(delayNotice([message("13:19"), message("13:00")], 30, null, now)).toBe(
      "The oldest of this was decided at 2026-11-23 13:00 UTC and comes 20 min late: it could not be mailed before.\n\n",
    );
  });

  test("that it was held, where that was the cause", () => {
    expect(delayNotice([message("13:00", true), message("13:19")], 30, null, now)).toBe(
      "The oldest of this was decided at 2026-11-23 13:00 UTC and comes 20 min late: it was held, because you had been sent 30 mails within an hour.\n\n",
    );
  });

  test("that what follows is held, and till when", () => {
    expect(delayNotice([message("13:20")], 30, at("2026-11-23 13:45"), now)).toBe(
      `You have been sent 30 mails within an hour, the most that MAX_MAILS_PER_HOUR allows. What comes next is held
until 2026-11-23 13:45 UTC and then told in one mail.

`,
    );
  });
});
