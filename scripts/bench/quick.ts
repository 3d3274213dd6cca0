import { join } from "node:path";
import { globSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { startInstance } from "./instance.ts";
import { runtimeUse } from "./processes.ts";
import { SCENARIOS } from "./scenarios.ts";
import { startTargets } from "./targets.ts";

const root = join(import.meta.dirname, "../..");
const count = Number(process.argv[2] ?? 1000);
const runs = Number(process.argv[3] ?? 3);
const only = process.argv[4]?.split(",");
const targets = await startTargets();
const shards = Math.ceil(count / 50);
const TARGETS = { base: targets.base, refusable: targets.refusable, count };
const checker = await startInstance(root, {
  name: "bench-checker",
  main: join(root, "scripts/bench/checker-worker.ts"),
  vars: {
    SERVER_NAME: "bench",
    ALERT_CONTACT: "ops@bench.example",
    MAIL_FROM: "c@bench.example",
    PLAN: "paid",
    MAX_MAILS_PER_HOUR: 1000,
    FLAPPING_CHANGES: 0,
    REFERENCE_TARGETS: [],
    TARGETS,
  },
  send_email: [{ name: "EMAIL" }],
  durable_objects: { bindings: [{ name: "RUNNERS", class_name: "Runner" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Runner"] }],
});
const floor = await startInstance(root, {
  name: "bench-floor",
  main: join(root, "scripts/bench/floor-worker.ts"),
  vars: { TARGETS },
  durable_objects: { bindings: [{ name: "FLOORS", class_name: "Floor" }] },
  migrations: [{ tag: "v1", new_sqlite_classes: ["Floor"] }],
});
let minute = Math.floor(Date.now() / 60000) * 60000;
const measure = async (work: () => Promise<unknown>): Promise<string> => {
  const before = runtimeUse();
  const t = performance.now();
  await work();
  const took = performance.now() - t;
  const after = runtimeUse();
  const stats = await targets.stats();
  return `${took.toFixed(0)} ms, cpu ${((after.cpuMs - before.cpuMs) / count).toFixed(2)} ms/check, peak ${stats.peak} / shard ${stats.peakOfShard}, requests ${stats.requests}, mem ${(after.memory / 1e6).toFixed(0)} MB`;
};
try {
  for (const scenario of SCENARIOS.filter(({ name }) => only === undefined || only.includes(name))) {
    console.log("==", scenario.name, count);
    for (let run = 0; run < runs; run++) {
      await targets.set(scenario, shards);
      console.log("floor  ", await measure(() => fetch(`${floor.url}/floor`).then((r) => r.text())));
      await targets.set(scenario, shards);
      minute += 60000;
      console.log("checker", await measure(() => checker.worker.runScheduled("* * * * *", minute)));
    }
  }
  const [file = ""] = globSync("v3/d1/*/*.sqlite", { cwd: checker.folder.database }).filter(
    (f) => !f.includes("metadata"),
  );
  const db = new DatabaseSync(join(checker.folder.database, file));
  for (const row of db
    .prepare("SELECT id, jobs, up, down, inconclusive, finished_at - started_at AS took, usage FROM tick")
    .all())
    console.log(JSON.stringify({ ...row, usage: JSON.parse(String(row["usage"])).tick }));
  db.close();
} finally {
  await checker.stop();
  await floor.stop();
  targets.stop();
}
