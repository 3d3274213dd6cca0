import { TCPServerSpawner, type TCPServer } from "#checker";

/** Connects to each port every minute, and tells at the second failure in a row and at the recovery. */
export class TCPServerChecker extends TCPServerSpawner {
  override servers: readonly (string | TCPServer)[] = [
    // "example.com:22",
    // { address: "db.example.com:5432", timeoutMs: 5_000 },
  ];
}
