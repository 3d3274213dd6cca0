import { JobBase, JobFrequency, type JobContext } from "#checker";

/** The smallest job: true when all is well, false when not. */
export class BackupIsFresh extends JobBase {
  override executeEvery(): JobFrequency {
    return JobFrequency.HOUR;
  }

  async execute({ network, signal, nowMs }: JobContext): Promise<boolean> {
    const response = await network.fetch("https://backup.example.com/latest", { signal });
    const finishedAtMs = Date.parse(await response.text());
    return nowMs - finishedAtMs < 26 * 3_600_000;
  }
}
