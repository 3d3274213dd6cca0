import { JobBase, type JobContext } from "#checker";

/** Down if the newest backup is older than 26 hours. */
export class BackupIsFresh extends JobBase {
  async execute({ network, signal, nowMs }: JobContext): Promise<boolean> {
    const response = await network.fetch("https://backup.example.com/latest", { signal });
    const finishedAtMs = Date.parse(await response.text());
    return nowMs - finishedAtMs < 26 * 3_600_000;
  }
}
