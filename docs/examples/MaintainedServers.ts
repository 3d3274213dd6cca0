import { HTTPServerSpawner, type HTTPServer, type MaintenanceWindow } from "#checker";

/** Maintained on Saturday nights, daily at 03:30 UTC, and once in December. */
export class MaintainedServers extends HTTPServerSpawner {
  override servers: readonly HTTPServer[] = [
    { url: "https://example.com/" },
    // The windows of an entry replace those of its list.
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
