import { HTTPServerSpawner, type HTTPServer, type MaintenanceWindow } from "#checker";

/** Servers that are worked on every Saturday night, at half past three, and once in December. */
export class MaintainedServers extends HTTPServerSpawner {
  override servers: readonly HTTPServer[] = [
    { url: "https://example.com/" },
    // An entry may have windows of its own; they take the place of the list's.
    { url: "https://shop.example.com/", maintenance: [] },
  ];

  override maintenance(): readonly MaintenanceWindow[] {
    return [
      { cron: "0 22 * * SAT", until: "06:00", timeZone: "Europe/Zurich" },
      { cron: "30 3 * * *", minutes: 20 },
      { from: "2026-12-01T22:00", until: "2026-12-02T02:00", timeZone: "Europe/Zurich" },
    ];
  }
}
