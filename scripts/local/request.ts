import { request as httpRequest } from "node:http";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Nobody answered, or not in time: nothing is known of what was asked. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
  readonly code = "NO_ANSWER";
}

export interface RequestOptions {
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** For the whole exchange. */
  readonly timeoutMs: number;
}

/**
 * One HTTP exchange on its own connection. `fetch` would not do: it gives up on an answer whose headers
 * take more than 5 minutes, and a tick may take 15. It would also reuse connections, and one that the
 * server closes at that moment looks like a failure.
 *
 * @throws NoAnswer
 */
export function request(url: string, options: RequestOptions): Promise<Answer> {
  const { method = "GET", headers = {}, body, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const fail = (error: NodeJS.ErrnoException): void => {
      const why = signal.aborted ? `no answer within ${timeoutMs / 1000} s` : (error.code ?? error.message);
      reject(new NoAnswer(why, { cause: error }));
    };
    const sent = httpRequest(url, { method, headers, agent: false, signal }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("error", fail);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, text });
      });
    });
    sent.on("error", fail);
    sent.end(body);
  });
}
