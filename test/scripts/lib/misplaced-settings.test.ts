import { describe, expect, test } from "vitest";
import { readSettings } from "../../../scripts/lib/read-settings.ts";
import { projectWith } from "../../support/fakes/project.ts";

const VARS = `SERVER_NAME = "checker"
ALERT_CONTACT = "ops@mine.net"
MAIL_FROM = "checker@mine.net"
`;

describe("settings in a wrong place are told with it, and not as missing:", () => {
  const problems = async (text: string): Promise<readonly string[]> =>
    (await readSettings(await projectWith({ "wrangler.toml": text }))).problems;
  const LOST = "but settings count in [vars] only. Hint: the line above them must be [vars]";

  test.each([
    [`[var]\n${VARS}`, `SERVER_NAME, ALERT_CONTACT, MAIL_FROM stand in [var], ${LOST}`],
    [`[[vars]]\n${VARS}`, `SERVER_NAME, ALERT_CONTACT, MAIL_FROM stand in [[vars]], ${LOST}`],
    [VARS, `SERVER_NAME, ALERT_CONTACT, MAIL_FROM stand before the first table, ${LOST}`],
    [
      `[vars]\n${VARS}[triggers]\ncrons = ["* * * * *"]\nNO_MAIL = true\n`,
      `NO_MAIL stands in [triggers], ${LOST}`,
    ],
  ])("%j", async (text, problem) => {
    expect(await problems(text)).toEqual([`wrangler.toml: ${problem}`]);
  });

  test("one that is missing everywhere is told as that", async () => {
    expect(await problems(`[Vars]\nSERVER_NAME = "x"\nMAIL_FROM = "nobody"\n`)).toEqual([
      `wrangler.toml: SERVER_NAME, MAIL_FROM stand in [Vars], ${LOST}`,
      `wrangler.toml [vars]: ALERT_CONTACT is missing. Hint: an address, or a list: ["ops@example.com", "me@example.com"]`,
    ]);
  });

  test("what stands in its place as well, or in .dev.vars, may stand elsewhere", async () => {
    const root = await projectWith({
      "wrangler.toml": `[vars]\n${VARS}[define]\nSERVER_NAME = "x"\nNO_MAIL = "1"\n`,
      ".dev.vars": "NO_MAIL=1\n",
    });
    expect((await readSettings(root)).problems).toEqual([]);
  });
});
