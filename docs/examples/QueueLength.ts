import {
  down,
  JobBase,
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
  JobFrequency,
  JobSpawner,
  up,
  type JobConfig,
  type JobContext,
  type JobNotification,
  type Outcome,
} from "#checker";

const QUEUES = [
  { name: "orders", limit: 1_000 },
  { name: "mail", limit: 50 },
];

/** One job for each queue. The argument of super() distinguishes them and becomes part of their identity. */
class QueueLengthJob extends JobBase {
  readonly #queue: (typeof QUEUES)[number];

  constructor(config: JobConfig, queue: (typeof QUEUES)[number]) {
    super(config, queue.name);
    this.#queue = queue;
  }

  override executeEvery(): JobFrequency {
    return JobFrequency.MINUTE;
  }

  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency.EVERYHOUR;
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.FIVE;
  }

  override timeLimitMs(): number {
    return 10_000;
  }

  /** Returns an outcome instead of a boolean: with a reason for the notification, and a latency. */
  async execute({ network, signal, elapsedMs }: JobContext): Promise<Outcome> {
    const startedMs = elapsedMs();
    const { name, limit } = this.#queue;
    const response = await network.fetch(`https://queues.example.com/${name}/length`, { signal });
    const latencyMs = elapsedMs() - startedMs;
    const length = Number(await response.text());
    if (!Number.isInteger(length)) return down("the queue's answer is not a number", latencyMs);
    return length > limit
      ? down(`${length} messages wait, the limit is ${limit}`, latencyMs)
      : up(`${length} messages wait`, latencyMs);
  }

  /** Writes its own notification. The default mails reason, start and count. */
  override onFailure(notification: JobNotification): boolean {
    return this.sendEmail(`${this.getName()} is too long`, notification.reason, "queues@example.com");
  }
}

export class QueueLength extends JobSpawner {
  *getSubJobs(config: JobConfig): Generator<JobBase> {
    for (const queue of QUEUES) yield new QueueLengthJob(config, queue);
  }
}
