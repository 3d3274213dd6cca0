/** The one public surface for job authors: everything that a file in jobs/ may import. */
export { JobFrequency } from "./core/time/frequency.ts";
export {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "./alerting/policy.ts";
export { down, inconclusive, up, type Outcome, type OutcomeStatus } from "./core/outcome.ts";
export type { Network, Socket } from "./core/ports.ts";
export type { Peer } from "./core/settings.ts";
export { JobBase, type RetryPolicy } from "./job-sdk/job-base.ts";
export type { JobConfig } from "./job-sdk/job-config.ts";
export type { JobContext } from "./job-sdk/job-context.ts";
export { JobError } from "./job-sdk/job-error.ts";
export { JobSpawner, type SubJobs } from "./job-sdk/job-spawner.ts";
export type {
  MaintenanceWindow,
  OnceMaintenance,
  RecurringMaintenance,
} from "./job-sdk/maintenance-windows.ts";
export type { JobNotification } from "./job-sdk/job-notification.ts";
export { failureText, flappingText, recoveryText } from "./job-sdk/notification-text.ts";
export { HeartbeatSpawner, type Heartbeat } from "./checks/heartbeat.ts";
export { HTTPServerSpawner, type HTTPServer } from "./checks/http-server.ts";
export { LoopbackJob } from "./checks/loopback.ts";
export { PeerSpawner } from "./checks/peer.ts";
export { TCPServerSpawner, type TCPServer } from "./checks/tcp-server.ts";
export { TLSCertExpirationSpawner, type TLSServer } from "./checks/tls-expiration.ts";
