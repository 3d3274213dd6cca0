/** An HTTP server on loopback whose paths misbehave in every way that a probe must name. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A body on its way: how much of it the client took, and whether it has let go of it. */
export interface SentBody {
  readonly path: string;
  bytesTaken: number;
  released: boolean;
}

export interface HttpTarget {
  /** Such as `http://127.0.0.1:4711`, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly ReceivedRequest[];
  readonly bodies: readonly SentBody[];
  /** Most requests that were being answered at one moment. */
  peakRequests(): number;
  /** Requests that are being answered now. */
  openRequests(): number;
  /** From now on `path` answers so; null gives it back its own behaviour. */
  set(path: string, answer: Answer | null): void;
  /** Forgets requests, bodies, peak and all that was set. */
  reset(): void;
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** Answers with a status and a text. */
export function answer(status: number, text = "", headers: Record<string, string> = {}): Answer {
  return (_request, response) => response.writeHead(status, headers).end(text);
}

/** Answers with `then`, but `delayMs` later. */
export function delayed(delayMs: number, then: Answer = answer(200, "late")): Answer {
  return (request, response) => {
    const timer = setTimeout(() => then(request, response), delayMs);
    response.once("close", () => clearTimeout(timer));
  };
}

/** Answers 40 ms after so many requests were open at one moment, however slowly they came; after two seconds anyway. */
export function onceOpen(target: Pick<HttpTarget, "peakRequests">, count: number): Answer {
  return (request, response) => {
    const untilMs = performance.now() + 2_000;
    const timer = setInterval(() => {
      if (target.peakRequests() < count && performance.now() < untilMs) return;
      clearInterval(timer);
      delayed(40)(request, response);
    }, 5);
    response.once("close", () => clearInterval(timer));
  };
}

/** Takes the request and says nothing. */
export const hanging: Answer = () => undefined;

/** Breaks the connection, with a RST. */
export const resetting: Answer = (request) => request.socket.resetAndDestroy();

/** Ends the connection in good order, without an answer. */
export const closing: Answer = (request) => request.socket.end();

const CHUNK = new Uint8Array(64 * 1024).fill(120);

/** Sends `totalBytes`, as fast as they are taken. */
function streaming(totalBytes: number, status: number, bodies: SentBody[]): Answer {
  return (request, response) => {
    const body: SentBody = { path: request.url ?? "", bytesTaken: 0, released: false };
    bodies.push(body);
    response.once("close", () => (body.released = true));
    response.writeHead(status, { "content-type": "text/plain" });
    const fill = (): void => {
      while (!response.destroyed && body.bytesTaken < totalBytes) {
        body.bytesTaken += CHUNK.byteLength;
        if (!response.write(CHUNK)) return;
      }
      if (!response.destroyed) response.end();
    };
    response.on("drain", fill);
    fill();
  };
}

/**
 * Paths: `/` 200, `/status/N`, `/redirect/N` (N hops, then 200), `/loop`, `/slow/MS`, `/hang`, `/reset`,
 * `/close`, `/huge/BYTES`, `/endless/STATUS`, `/late-body` (the head at once, its body never).
 */
export async function startHttpTarget(): Promise<HttpTarget> {
  const requests: ReceivedRequest[] = [];
  const bodies: SentBody[] = [];
  const set = new Map<string, Answer>();
  let open = 0;
  let peak = 0;

  const own = (path: string): Answer => {
    const [, kind = "", argument = ""] = path.split("/");
    const number = Number(argument);
    if (kind !== "" && Number.isNaN(number)) return answer(404, "no such path");
    switch (kind) {
      case "":
        return answer(200, "fine");
      case "status":
        return answer(number, `this is ${number}`);
      case "redirect":
        return answer(302, "", { location: number > 1 ? `/redirect/${number - 1}` : "/" });
      case "loop":
        return answer(302, "", { location: "/loop" });
      case "slow":
        return delayed(number);
      case "hang":
        return hanging;
      case "reset":
        return resetting;
      case "close":
        return closing;
      case "huge":
        return streaming(number, 200, bodies);
      case "endless":
        return streaming(Number.POSITIVE_INFINITY, number, bodies);
      case "late-body":
        return (_request, response) => {
          response.writeHead(200, { "content-length": "10" });
          response.flushHeaders();
        };
      default:
        return answer(404, "no such path");
    }
  };

  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    requests.push({ method: request.method ?? "", path, headers: request.headers });
    open += 1;
    peak = Math.max(peak, open);
    response.once("close", () => (open -= 1));
    response.on("error", () => undefined);
    (set.get(path) ?? own(path))(request, response);
  });
  server.on("clientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    bodies,
    peakRequests: () => peak,
    openRequests: () => open,
    set(path, how) {
      if (how === null) set.delete(path);
      else set.set(path, how);
    },
    reset() {
      requests.length = 0;
      bodies.length = 0;
      peak = open;
      set.clear();
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
