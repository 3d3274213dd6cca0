import type {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../../src/alerting/policy.ts";

/** When the failures of one target are told. */
export interface SoakRule {
  readonly every: JobFailureNotificationFrequency;
  readonly minimum: JobFailureCountMinimumBeforeNotification;
}

const RULES: readonly SoakRule[] = [
  { every: "ONSTATECHANGE", minimum: 1 },
  { every: "ONSTATECHANGE", minimum: 2 },
  { every: "EVERYFIVEMINUTES", minimum: 1 },
  { every: "EVERYTIME", minimum: 2 },
];

export function ruleOf(target: number): SoakRule {
  return RULES[target % RULES.length] as SoakRule;
}
