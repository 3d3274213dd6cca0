import { checksum } from "./checksum.ts";

/**
 * What stands for a job in addresses: 14 characters that follow from its identity alone. It survives deploys as the
 * identity does, and, unlike a number, does not say how many jobs there are.
 */
export function jobId(jobKey: string): string {
  // Two sums that begin differently: of ten thousand jobs, one of 32 bits would give two the same in every hundredth list.
  return [checksum([jobKey]), checksum(["", jobKey])]
    .map((sum) => sum.toString(36).padStart(7, "0"))
    .join("");
}
