/** A Worker that runs one probe for each request, over the real network of workerd. */
import { DurableObject } from "cloudflare:workers";
import { systemClock, workersNetwork } from "../../../src/platform/platform.ts";
import type { ProbeContext } from "../../../src/core/probe-context.ts";
import { withReadableErrors } from "../../../src/probes/http/readable-errors.ts";
import { probeHttp, type HttpTarget } from "../../../src/probes/http/http-probe.ts";
import { probePeer } from "../../../src/probes/http/peer-probe.ts";
import { probeTcp, type TcpTarget } from "../../../src/probes/tcp-probe.ts";
import { probeTls, type TlsTarget } from "../../../src/probes/tls/tls-probe.ts";

export type ProbeOrder =
  | { readonly probe: "http"; readonly target: HttpTarget; readonly nowMs: number; readonly limitMs: number }
  | { readonly probe: "tcp"; readonly target: TcpTarget; readonly nowMs: number; readonly limitMs: number }
  | { readonly probe: "tls"; readonly target: TlsTarget; readonly nowMs: number; readonly limitMs: number }
  | { readonly probe: "peer"; readonly target: string; readonly nowMs: number; readonly limitMs: number }
  /** A job of an owner's own, which lets what fetch throws through. */
  | { readonly probe: "none"; readonly target: string; readonly nowMs: number; readonly limitMs: number };

/** wrangler.toml, which wrangler reads for this Worker too, binds objects of it. None is ever made. */
export class Runner extends DurableObject {}

export default {
  async fetch(request: Request): Promise<Response> {
    const order = await request.json<ProbeOrder>();
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(new Error("the job's time is over")), order.limitMs);
    const context: ProbeContext = {
      signal: controller.signal,
      network: workersNetwork,
      nowMs: order.nowMs,
      elapsedMs: () => systemClock.nowMs(),
    };
    try {
      return Response.json(await run(order, context));
    } catch (error) {
      return Response.json({ thrown: String(error) });
    } finally {
      clearTimeout(timer);
    }
  },
};

function run(order: ProbeOrder, context: ProbeContext): Promise<unknown> {
  switch (order.probe) {
    case "http":
      return probeHttp(order.target, context);
    case "tcp":
      return probeTcp(order.target, context);
    case "tls":
      return probeTls(order.target, context);
    case "none":
      return withReadableErrors(context.network).fetch(order.target, { signal: context.signal });
    case "peer":
      return probePeer(order.target, context);
  }
}
