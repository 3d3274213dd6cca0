import { join } from "node:path";
import { request } from "../local/request.ts";
import { within } from "./limit.ts";
import { startInstance, type Instance, type InstanceOptions } from "./instance.ts";
import type { RuntimeUse } from "./processes.ts";
import type { Scenario } from "./scenarios.ts";
import type { TargetsGiven } from "./target-list.ts";

/** What is measured: something that checks all targets once. */
export interface System {
  readonly name: string;
  /** Whether it is measured in this scenario. */
  takesPart(scenario: Scenario): boolean;
  /** Resolves when all is done. */
  run(minuteMs: number): Promise<void>;
  use(): RuntimeUse;
  heapDuring(work: () => Promise<void>): Promise<number>;
  /** The folder of its database, for Checker alone. */
  readonly database: string | null;
}

type Start = (root: string, targets: TargetsGiven, onEnd: InstanceOptions["onEnd"]) => Promise<System>;

export const FLOOR = "floor";
export const CHECKER = "Checker";
export const UPTIMEFLARE = "UptimeFlare";
/** For one run. A monitor that asks five at once needs half a minute for a thousand targets. */
const RUN_LIMIT_MS = 180_000;

export const startFloor: Start = async (root, targets, onEnd) => {
  const instance = await startInstance({
    root,
    onEnd,
    config: {
      name: "bench-floor",
      main: join(root, "scripts/bench/floor-worker.ts"),
      vars: { TARGETS: targets },
      durable_objects: { bindings: [{ name: "FLOORS", class_name: "Floor" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Floor"] }],
    },
  });
  return {
    ...systemOf(FLOOR, instance, async () => {
      const answer = await request(`${instance.url}/floor`, { timeoutMs: RUN_LIMIT_MS });
      if (answer.status !== 200) throw new Error(`the floor answered ${answer.status}: ${answer.text}`);
    }),
    takesPart: () => true,
  };
};

export const startChecker: Start = async (root, targets, onEnd) => {
  const instance = await startInstance({
    root,
    onEnd,
    config: {
      name: "bench-checker",
      main: join(root, "scripts/bench/checker-worker.ts"),
      vars: {
        SERVER_NAME: "bench",
        ALERT_CONTACT: "ops@bench.example",
        MAIL_FROM: "checker@bench.example",
        PLAN: "paid",
        // Each run is to be mailed by itself.
        MAX_MAILS_PER_HOUR: 1_000,
        FLAPPING_CHANGES: 0,
        // They would be asked when all fail, and are not on this machine.
        REFERENCE_TARGETS: [],
        TARGETS: targets,
      },
      d1_databases: [
        {
          binding: "DB",
          database_name: "checker",
          database_id: "bench",
          migrations_dir: join(root, "migrations"),
        },
      ],
      durable_objects: { bindings: [{ name: "RUNNERS", class_name: "Runner" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Runner"] }],
      send_email: [{ name: "EMAIL" }],
    },
  });
  return {
    ...systemOf(CHECKER, instance, (minuteMs) => instance.worker.runScheduled("* * * * *", minuteMs)),
    takesPart: () => true,
    database: instance.folder.database,
  };
};

/** @param run must be done when it resolves */
export function systemOf(
  name: string,
  instance: Instance,
  run: (minuteMs: number) => Promise<void>,
): Omit<System, "takesPart"> {
  const death = instance.died.then((why) => Promise.reject(new Error(`${name}: ${why}`)));
  // It is noticed when something is run.
  death.catch(() => undefined);
  return {
    name,
    run: (minuteMs) =>
      within(RUN_LIMIT_MS, `${name} did not end its run`, Promise.race([run(minuteMs), death])),
    use: () => instance.use(),
    heapDuring: (work) => instance.heapDuring(work),
    database: null,
  };
}
