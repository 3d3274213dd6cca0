/** What there is to be seen on the pages. */
import type { Checker } from "../worker/harness.ts";
import { failing, unclear } from "../worker/steering.ts";
import { MINUTE, type Suite } from "../worker/suite.ts";

/** What a stranger may not learn: name, group and reason of the owner's own jobs. */
export const PRIVATE = ["vault", "Cellar", "the door is open"] as const;

/** A public job that is up, and one of the owner's that is down, as of now: browsers know no other time. */
export async function shopAndVault(suite: Suite): Promise<Checker> {
  suite.steering.jobs = [
    { name: "shop", shownAs: "Our shop", group: "For all", isPublic: true },
    { name: "vault", group: "Cellar" },
  ];
  suite.steering.set("vault", failing("the door is open"));
  return checkedNow(suite);
}

/** Jobs in every state. */
export async function everyLook(suite: Suite): Promise<Checker> {
  const spec = (name: string, group: string) => ({ name, group, shownAs: name, isPublic: true });
  suite.steering.jobs = [
    ...["Shop", "Search"].map((name) => spec(name, "Web")),
    ...["Payments", "Stock"].map((name) => spec(name, "Behind the scenes")),
    { name: "vault", group: "Cellar" },
  ];
  suite.steering.set("Search", unclear("HTTP 530 of Cloudflare, which says nothing of the server"));
  suite.steering.set("Stock", failing("answered HTTP 503 instead of 200"));
  suite.steering.set("vault", failing("the door is open"));
  const checker = await checkedNow(suite);
  // It stands in the list, and was never checked.
  await checker.sql(`UPDATE job_state SET status = NULL, since = NULL WHERE job = 'Steered["Payments"]'`);
  return checker;
}

/** Two ticks that end now, and mail that is proven. */
export async function checkedNow(suite: Suite): Promise<Checker> {
  const checker = suite.checker();
  // Looked at once: a minute that ends between the two would be a gap.
  const nowMs = Date.now();
  await checker.tick(nowMs - MINUTE);
  await checker.tick(nowMs);
  await checker.sql("REPLACE INTO loopback VALUES ('token', 'message', ?1, ?1 + 900)", Date.now() - MINUTE);
  return checker;
}
