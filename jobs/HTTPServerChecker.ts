import { HTTPServerSpawner, type HTTPServer } from "#checker";

/** Asks each server every minute, and tells at the second failure in a row and at the recovery. */
export class HTTPServerChecker extends HTTPServerSpawner {
  override servers: readonly (string | HTTPServer)[] = [
    // "https://example.com/",
    // { url: "https://example.com/login", expectedStatuses: [200, 302], timeoutMs: 5_000 },
    // { url: "https://api.example.com/health", method: "HEAD", headers: { "x-probe": "1" } },
  ];
}
