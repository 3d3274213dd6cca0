import type { AdminStore } from "../admin/ports.ts";
import type { BounceStore } from "../mail/inbound/bounce.ts";
import type { OutboxStore } from "../mail/ports.ts";
import type { TickStore } from "../scheduling/ports.ts";
import type { LoopbackStore, StatusStore } from "../self-check/ports.ts";
import type { InstanceReader } from "../status/ports.ts";

/** All that one database does for Checker, apart from history and heartbeats. Each feature owns its part. */
export interface Store
  extends TickStore, OutboxStore, BounceStore, LoopbackStore, StatusStore, InstanceReader, AdminStore {}
