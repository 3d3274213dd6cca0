import { NORMAL_PROFILE, type RunProfile } from "./run-profile.ts";

/** How each job ran when it was last due, as far as this isolate has seen. */
export class RunProfiles {
  readonly #profiles = new Map<string, RunProfile>();

  of(jobKey: string): RunProfile {
    return this.#profiles.get(jobKey) ?? NORMAL_PROFILE;
  }

  remember(profiles: ReadonlyMap<string, RunProfile>): void {
    for (const [jobKey, profile] of profiles) {
      if (profile.startPriority === "normal") this.#profiles.delete(jobKey);
      else this.#profiles.set(jobKey, profile);
    }
  }
}
