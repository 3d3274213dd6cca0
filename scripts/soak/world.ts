import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a target is for one minute. All but `up` are failures. */
export type TargetState = "up" | "error" | "reset" | "hang";

/** What the mail service does with a mail. `lost answer`: it takes it, and says that it did not. */
export type Verdict = "accept" | "refuse" | "lost answer";

export const TARGETS = 12;

/** What is true in a soak: the targets, the mail service and the time, all from one seed. */
export interface World {
  /** Where the Worker finds them. */
  readonly url: string;
  /** By minute (Unix ms), how each target was. The truth that is compared with in the end. */
  readonly history: ReadonlyMap<number, readonly TargetState[]>;
  /** How many outages have begun. */
  readonly outages: () => number;
  /** Goes on to this minute. In a quiet one everything is well and mail is accepted. */
  enter(minuteMs: number, quiet: boolean): void;
  close(): Promise<void>;
}

export async function startWorld(random: () => number, randomOfMail: () => number): Promise<World> {
  const history = new Map<number, readonly TargetState[]>();
  let states: TargetState[] = Array.from({ length: TARGETS }, () => "up");
  let outages = 0;
  let quietNow = false;
  let entered = { minuteMs: 0, realMs: Date.now() };

  const routes: Record<string, (response: ServerResponse, argument: string) => void> = {
    target: (response, index) => answerAs(states[Number(index)] ?? "up", response),
    now: (response) => response.end(String(entered.minuteMs + 2_000 + Date.now() - entered.realMs)),
    mail: (response) => response.end(quietNow ? "accept" : verdict(randomOfMail())),
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const [, route = "", argument = ""] = (request.url ?? "").split("/");
    const answer = routes[route];
    if (answer === undefined) response.writeHead(404).end();
    else answer(response, argument);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    history,
    outages: () => outages,
    enter(minuteMs, quiet) {
      const before = states;
      states = before.map((state) => (quiet ? "up" : next(state, random)));
      outages += states.filter((state, index) => state !== "up" && before[index] === "up").length;
      history.set(minuteMs, states);
      quietNow = quiet;
      entered = { minuteMs, realMs: Date.now() };
    },
    close: () => close(server),
  };
}

/** Outages begin seldom and last some minutes; a few come in the same minute. */
function next(state: TargetState, random: () => number): TargetState {
  const chance = random();
  if (state !== "up") return chance < 0.25 ? "up" : state;
  if (chance < 0.03) return "error";
  if (chance < 0.05) return "reset";
  return chance < 0.053 ? "hang" : "up";
}

function verdict(chance: number): Verdict {
  if (chance < 0.1) return "refuse";
  return chance < 0.15 ? "lost answer" : "accept";
}

function answerAs(state: TargetState, response: ServerResponse): void {
  if (state === "up") response.end("well");
  else if (state === "error") response.writeHead(500).end();
  else if (state === "reset") response.socket?.destroy();
  // One that hangs says nothing.
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
