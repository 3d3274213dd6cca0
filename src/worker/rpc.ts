import type { Notification } from "../mail/group-by-recipient.ts";
import type { Usage } from "../usage/usage.ts";
import type { AdminResult, AdminCommand } from "../admin/commands.ts";
import type { ApiResponse, ApiTask } from "./api/api-response.ts";
import type { ShardReport, ShardTask } from "../execution/shard-task.ts";
import type { NotifyTask } from "../notifications/notify-task.ts";
import type { Range } from "../history/ports.ts";
import type { IncidentPlace } from "../status/incidents-page.ts";
import type { Audience } from "../status/audience.ts";

/** What an object of the class Runner does for others. */
export interface RunnerRpc {
  /** A whole cron event. Gives what went wrong, if anything, as texts. */
  tick(scheduledAtMs: number): Promise<readonly string[]>;
  run(task: ShardTask): Promise<ShardReport>;
  /** A page for people. */
  page(task: PageTask): Promise<RenderedPage>;
  /** What the owner asks for. */
  act(task: AdminTask): Promise<AdminResult>;
  /** An answer for programs. */
  answer(task: ApiTask): Promise<ApiResponse>;
  /** Of another isolate: recorded with the next tick. */
  addUsage(usage: Usage): Promise<void>;
  notify(task: NotifyTask): Promise<readonly (readonly Notification[] | null)[]>;
}

/** As much of a DurableObjectNamespace as is used here. */
export interface Runners {
  getByName(name: string): RunnerRpc;
}

/** What the owner asks for, and who he is. Goes to another object as it is. */
export interface AdminTask {
  readonly request: AdminCommand;
  readonly by: string;
}

/** What is to be shown. */
export type PageRequest =
  | { readonly kind: "overview" }
  /** The address of a heartbeat begins with the origin. */
  | { readonly kind: "job"; readonly id: string; readonly range: Range; readonly origin: string }
  | { readonly kind: "incidents"; readonly after: IncidentPlace | null }
  /** For the owner alone. */
  | { readonly kind: "outbox" }
  /** As a feed; links in it begin with the origin. */
  | { readonly kind: "feed"; readonly origin: string };

/** And to whom. Goes to another object as it is. */
export interface PageTask {
  readonly page: PageRequest;
  readonly audience: Audience;
  readonly canSignIn: boolean;
}

export interface RenderedPage {
  readonly status: 200 | 404 | 503;
  readonly html: string;
}
