import { HeartbeatSpawner, type Heartbeat } from "#checker";

/** Waits for pings of work elsewhere, and tells when one is late, or says that it failed. `npm run pings` has the addresses. */
export class Heartbeats extends HeartbeatSpawner {
  override heartbeats: readonly Heartbeat[] = [
    // { name: "backup", schedule: "30 2 * * *", timeZone: "Europe/Zurich", graceMinutes: 60 },
    // { name: "sync", everyMinutes: 15, maxRunMinutes: 10 },
  ];
}
