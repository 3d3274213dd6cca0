import { TLSCertExpirationSpawner, type TLSServer } from "#checker";

/** Reads each certificate once a day, and tells every day while fewer than 30 days are left. */
export class TLSCertExpiration extends TLSCertExpirationSpawner {
  override servers: readonly (string | TLSServer)[] = [
    // "example.com",
    // { address: "mail.example.com:993", minDaysLeft: 14 },
  ];
}
