import { LoopbackJob } from "#checker";

/** Proves that this instance's mail arrives. Without it /status stays at MailProblem. */
export class EmailChecker extends LoopbackJob {}
