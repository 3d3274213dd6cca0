import type { FC } from "hono/jsx";
import { FAILED_WITHOUT_CODE, type PingRecord } from "../../heartbeats/ping.ts";
import { formatDuration } from "../../core/text.ts";
import { Ago } from "./time.tsx";

/** Where a heartbeat is pinged, or why it cannot be. */
export type PingUrl = { readonly address: string } | { readonly problem: string };

/** Of a heartbeat, for its owner: its address, and what its work said last. */
export const Pings: FC<{
  readonly record: PingRecord;
  readonly place: PingUrl;
  readonly nowMs: number;
}> = ({ record, place, nowMs }) => {
  const { startedAtMs, running, endedAtMs, code, durationMs, output, log } = record;
  return (
    <section>
      <h2>Pings</h2>
      {"address" in place ? (
        <>
          <p>
            <code class="address">{place.address}</code>
          </p>
          <p>
            <small>
              Whoever has this address can ping this heartbeat. With /start, /fail or an exit code after it,
              it says more.
            </small>
          </p>
        </>
      ) : (
        <p>{place.problem}.</p>
      )}
      {running && startedAtMs !== null ? (
        <p>
          Runs for <Ago atMs={startedAtMs} nowMs={nowMs} plain />
        </p>
      ) : null}
      {endedAtMs === null || code === null ? (
        <p>No end of a run was told yet.</p>
      ) : (
        <p>
          {code === 0
            ? "Ended well"
            : code === FAILED_WITHOUT_CODE
              ? "Failed"
              : `Failed with exit code ${code}`}{" "}
          <Ago atMs={endedAtMs} nowMs={nowMs} />
          {durationMs === null ? null : `, after ${formatDuration(durationMs)}`}
        </p>
      )}
      <Printed what="What that run printed" text={output} />
      <Printed what="What was printed since" text={log} />
    </section>
  );
};

const Printed: FC<{ readonly what: string; readonly text: string }> = ({ what, text }) =>
  text === "" ? null : (
    <>
      <p>{what}:</p>
      <pre>{text}</pre>
    </>
  );
