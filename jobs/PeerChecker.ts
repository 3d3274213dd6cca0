import { PeerSpawner } from "#checker";

/** Asks the Checkers in the setting PEERS whether they are well, and mails their admins when not. */
export class PeerChecker extends PeerSpawner {}
