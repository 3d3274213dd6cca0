import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readInbound } from "../../src/platform/mail/read-inbound.ts";
import { textsOf } from "../../src/mail/inbound/inbound-mail.ts";
import { findTokens } from "../../src/self-check/loopback.ts";
import { watchedBody } from "../support/fakes/http.ts";
import { carriers, carry } from "../support/fuzz/carriers.ts";
import { MARK } from "../support/fuzz/mail.ts";
import { fuzz, FUZZ } from "../support/fuzz/runs.ts";

const token = fc.string({
  unit: fc.constantFrom(..."0123456789abcdef".split("")),
  minLength: 32,
  maxLength: 32,
});

/** The tokens in a message, or why it is refused. */
async function tokensIn(bytes: Uint8Array): Promise<readonly string[] | string> {
  const inbound = await readInbound(watchedBody([bytes]).stream, bytes.length);
  return inbound.ok ? [...new Set(textsOf(inbound.message).flatMap(findTokens))] : inbound.reason;
}

test(
  "a token that stands whole in a message is found, however the message is written down",
  FUZZ,
  async () => {
    await fuzz(
      1_200,
      fc.asyncProperty(token, carriers, async (ours, carrier) => {
        expect(await tokensIn(carry(`${MARK}${ours}`, carrier))).toEqual([ours]);
      }),
    );
  },
);
