/** Why Checker ends: the signal that it got, or another way in which its user left. */
export type StopReason = "SIGINT" | "SIGTERM" | "SIGHUP" | "output closed" | "npm ended";

export interface Stop {
  /** Resolves at the first reason to end. */
  readonly requested: Promise<StopReason>;
  /** Aborted at the same moment. */
  readonly signal: AbortSignal;
}

/** One Ctrl-C arrives twice where npm passes on the signal that the terminal already gave. */
const SAME_CTRL_C_MS = 700;

export interface StopListeners {
  readonly onStop: (reason: StopReason) => void;
  /** Called when a person asks again; must end the process. */
  readonly onForce: () => void;
}

/** Listens for everything that means "end". */
export function listenForStop({ onStop, onForce }: StopListeners): Stop {
  const controller = new AbortController();
  const { promise: requested, resolve } = Promise.withResolvers<StopReason>();
  let requestedAtMs: number | null = null;
  const stop = (reason: StopReason): void => {
    if (requestedAtMs === null) {
      requestedAtMs = performance.now();
      onStop(reason);
      resolve(reason);
      controller.abort();
    } else if (performance.now() - requestedAtMs > SAME_CTRL_C_MS) {
      onForce();
    }
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop(signal));
  // A closed terminal or `npm start | head`: writing on would throw.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", () => {
      if (requestedAtMs === null) stop("output closed");
    });
  }
  if (process.env["npm_lifecycle_event"] !== undefined) watchParent(() => stop("npm ended"));
  return { requested, signal: controller.signal };
}

// npm runs scripts in a shell. When npm is told to end, it tells the shell, which may end without telling us.
function watchParent(onEnd: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, 500);
  timer.unref();
}
