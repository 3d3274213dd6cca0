import type { Plan } from "./plan.ts";
import type { ShardRule } from "./shard.ts";
import type { JobFrequency } from "./time/frequency.ts";

/** Another Checker that this one watches. */
export interface Peer {
  /** Address of its status page, such as `https://checker.example.org/status`. */
  readonly url: string;
  /** Who is mailed when it is not well. */
  readonly admin: string;
}

/** What the owner of this instance chose. Every field is documented in the README's table. */
export interface Settings {
  readonly serverName: string;
  /** What the public page is called. */
  readonly pageTitle: string;
  readonly alertContacts: readonly string[];
  readonly mailFrom: string;
  readonly mailLoopbackTo: string;
  readonly peers: readonly Peer[];
  readonly peerCheckEvery: JobFrequency;
  readonly noMail: boolean;
  readonly bustThreading: boolean;
  readonly staleAfterSeconds: number;
  readonly loopbackTimeoutSeconds: number;
  /** Mails that one person may be sent within an hour. */
  readonly maxMailsPerHour: number;
  /** Addresses that are asked when most checks fail at once; none switches that off. */
  readonly referenceTargets: readonly string[];
  /** Time without any check that is told once it is over. */
  readonly gapAlertAfterSeconds: number;
  readonly flapping: FlappingRule;
  /** The account's Workers plan, whose limits are kept. */
  readonly plan: Plan;
  readonly sharding: ShardRule;
  /** How long history is kept, and how finely. */
  readonly history: Retention;
  /** Why no heartbeat can be pinged, with the remedy; null where they can. */
  readonly pingProblem: string | null;
  /** What is asked after every tick while this instance is well; null where nothing is. A secret. */
  readonly deadManUrl: string | null;
}

/** An application of Cloudflare Access that stands before `/admin/…` and knows the owner. */
export interface AccessSettings {
  /** Such as `myteam.cloudflareaccess.com`, in lower case. */
  readonly teamDomain: string;
  /** The application's audience tag: 64 hexadecimal digits. */
  readonly audience: string;
}

/** One thing that is wrong with a setting, told so that the owner can mend it. Never holds a secret. */
export interface SettingProblem {
  /** The setting's name, with a path inside it where there is one: `PEERS[1].url`. */
  readonly name: string;
  /** The offending value as the owner wrote it, shortened; empty when the setting is missing. */
  readonly value: string;
  readonly problem: string;
  readonly hint: string;
}

export type ParsedSettings =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly SettingProblem[] };

/** When a job that fails and recovers over and over is called flapping. */
export interface FlappingRule {
  /** So many changes within `runs`; 0 switches it off. A failure that begins to count is one, its end another. */
  readonly changes: number;
  /** Runs that are looked back on. */
  readonly runs: number;
}

/** How long each kind of record is kept, days. */
export interface Retention {
  readonly rawDays: number;
  readonly hourlyDays: number;
  readonly dailyDays: number;
}
