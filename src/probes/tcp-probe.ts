import { down, inconclusive, up, type Outcome } from "../core/outcome.ts";
import type { ProbeContext } from "../core/probe-context.ts";
import { explainConnectError } from "./no-connection.ts";
import { ProbeTimeout, withSignalTimeout } from "../core/time/deadline.ts";

export interface TcpTarget {
  readonly hostname: string;
  /** 1 to 65535. Port 25 is closed to Workers. */
  readonly port: number;
  /** Until the connection is open, ms. */
  readonly timeoutMs: number;
}

/** Opens a connection and closes it. What the server says is not waited for. */
export async function probeTcp(target: TcpTarget, context: ProbeContext): Promise<Outcome> {
  const { hostname, port, timeoutMs } = target;
  const startedMs = context.elapsedMs();
  try {
    return await withSignalTimeout(timeoutMs, context.signal, async (signal) => {
      const socket = context.network.connect({ hostname, port });
      // `closed` rejects as well when the connection fails; `opened` is the one that tells.
      socket.closed.catch(() => undefined);
      const close = (): Promise<void> => socket.close().catch(() => undefined);
      signal.addEventListener("abort", () => void close(), { once: true });
      await socket.opened;
      const latencyMs = Math.round(context.elapsedMs() - startedMs);
      await close();
      return up(`connected in ${latencyMs} ms`, latencyMs);
    });
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (error instanceof ProbeTimeout) return down(`no connection: ${error.message}`);
    const { status, reason } = await explainConnectError(error, target, context);
    return status === "down" ? down(reason) : inconclusive(reason);
  }
}
