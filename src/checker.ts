/** The one public surface for job authors: everything that a file in jobs/ may import. */
export { JobFrequency } from "./domain/frequency.ts";
export {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "./domain/notification.ts";
export { down, inconclusive, up, type Outcome, type OutcomeStatus } from "./domain/outcome.ts";
export type { Network, Socket } from "./domain/ports.ts";
export type { Peer } from "./domain/settings.ts";
export { JobBase, type Confirmation } from "./job/job-base.ts";
export type { JobConfig } from "./job/job-config.ts";
export type { JobContext } from "./job/job-context.ts";
export { JobError } from "./job/job-error.ts";
export { JobSpawner, type SubJobs } from "./job/job-spawner.ts";
export type { MaintenanceWindow, OnceMaintenance, RecurringMaintenance } from "./job/maintenance.ts";
export type { JobNotice } from "./job/notice.ts";
export { failureText, flappingText, recoveryText } from "./job/notice-text.ts";
export { HeartbeatSpawner, type Heartbeat } from "./checks/heartbeat.ts";
export { HTTPServerSpawner, type HTTPServer } from "./checks/http-server.ts";
export { LoopbackJob } from "./checks/loopback.ts";
export { PeerSpawner } from "./checks/peer.ts";
export { TCPServerSpawner, type TCPServer } from "./checks/tcp-server.ts";
export { TLSCertExpirationSpawner, type TLSServer } from "./checks/tls-expiration.ts";
