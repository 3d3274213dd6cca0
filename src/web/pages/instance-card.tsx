import type { Child, FC } from "hono/jsx";
import { MINUTE_MS } from "../../core/time/frequency.ts";
import type { MailProof, PeerHealth, InstanceDetails, InstanceHealth } from "../../status/instance-health.ts";
import { formatDuration, oneLine, plural } from "../../core/text.ts";
import { jobId } from "../../core/job-id.ts";
import { displayStatusOf } from "../../status/status-page.ts";
import { StatusSign } from "./job-row.tsx";
import { Ago, Time } from "./time.tsx";

interface CardProps {
  readonly self: InstanceHealth;
  readonly asOfMs: number | null;
  readonly isStale: boolean;
  readonly nowMs: number;
}

/** Checker's own health, as plainly as that of the jobs. */
export const InstanceCard: FC<CardProps> = ({ self: { status, mail, details }, asOfMs, isStale, nowMs }) => (
  <section class="self" aria-labelledby="self">
    <h2 id="self">
      Checker itself{" "}
      <StatusLabel word={status} isWhole={details === null || details.loadErrors.length === 0} />
    </h2>
    <dl>
      <HealthRow name="Checks" isWell={!isStale}>
        {asOfMs === null ? (
          "none yet"
        ) : (
          <>
            last <Ago atMs={asOfMs} nowMs={nowMs} />
          </>
        )}
      </HealthRow>
      <HealthRow name="Mail" isWell={mail.kind === "proven"}>
        <MailProofText mail={mail} nowMs={nowMs} />
      </HealthRow>
      {details === null ? null : <Details details={details} />}
    </dl>
    {details === null || status === "True" ? null : <p class="why">{oneLine(details.reason)}</p>}
  </section>
);

const StatusLabel: FC<{ readonly word: InstanceHealth["status"]; readonly isWhole: boolean }> = ({
  word,
  isWhole,
}) => {
  const [look, sign] = word !== "True" ? ["down", "✕"] : isWhole ? ["up", "✓"] : ["inconclusive", "?"];
  return (
    <b class={look}>
      <i aria-hidden="true">{sign}</i> {WORDS[word]}
      {look === "inconclusive" ? ", but not all jobs run" : null}
    </b>
  );
};

const WORDS: Readonly<Record<InstanceHealth["status"], string>> = {
  True: "is well",
  MailProblem: "has trouble with its mail",
  JobProblem: "does not run as it should",
};

const HealthRow: FC<{ readonly name: string; readonly isWell: boolean; readonly children?: Child }> = ({
  name,
  isWell,
  children,
}) => (
  <div class={isWell ? "well" : "ill"}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const MailProofText: FC<{ readonly mail: MailProof; readonly nowMs: number }> = ({ mail, nowMs }) => {
  switch (mail.kind) {
    case "proven":
      return (
        <>
          proven <Ago atMs={mail.returnedAtMs} nowMs={nowMs} />, its way took{" "}
          {formatDuration(mail.returnedAtMs - mail.sentAtMs)}
        </>
      );
    case "overdue":
      return (
        <>
          not proven: the message of <Time atMs={mail.sentAtMs} /> did not come back
        </>
      );
    case "unproven":
      return <>not proven yet: the first message to itself is on its way</>;
    case "off":
      return <>switched off (NO_MAIL)</>;
  }
};

const Details: FC<{ readonly details: InstanceDetails }> = ({ details }) => {
  const { peers, outbox, gaps, loadErrors } = details;
  const { waiting, throttled, failed } = outbox;
  const parts = [
    ...(waiting === 0 ? [] : [`${plural(waiting, "message")} waiting`]),
    ...(throttled === 0 ? [] : [`${throttled} held for the limit of an hour`]),
    ...(failed === 0 ? [] : [`${failed} set aside`]),
  ];
  return (
    <>
      <HealthRow name="Outbox" isWell={parts.length === 0}>
        <a href="/outbox">{parts.length === 0 ? "nothing waits" : parts.join(", ")}</a>
      </HealthRow>
      <HealthRow name="Peers" isWell={peers.every(({ lastResult }) => lastResult?.status === "up")}>
        {peers.length === 0 ? "none: nobody else watches this Checker for you" : <Peers peers={peers} />}
      </HealthRow>
      {gaps.length === 0 ? null : (
        <HealthRow name="Gaps" isWell>
          <ul>
            {gaps.map(({ toMs, slots }) => (
              <li>
                no checks for {formatDuration(slots * MINUTE_MS)}, until <Time atMs={toMs + MINUTE_MS} />
              </li>
            ))}
          </ul>
        </HealthRow>
      )}
      {loadErrors.length === 0 ? null : (
        <HealthRow name="Job files" isWell={false}>
          <ul>
            {loadErrors.map(({ name, message }) => (
              <li>
                jobs/{name} cannot be run, in whole or in part: {oneLine(message, 500)}
              </li>
            ))}
          </ul>
        </HealthRow>
      )}
    </>
  );
};

const Peers: FC<{ readonly peers: readonly PeerHealth[] }> = ({ peers }) => (
  <ul>
    {peers.map(({ url, lastResult }) => (
      <li>
        {lastResult === null ? (
          <>
            {url}: <b class="inconclusive">nobody asks it</b>
          </>
        ) : (
          <>
            <a href={`/jobs/${jobId(lastResult.jobKey)}`}>{url}</a>:{" "}
            <StatusSign look={displayStatusOf(lastResult.status)} />
            {lastResult.sinceMs === null ? null : (
              <>
                {" "}
                since <Time atMs={lastResult.sinceMs} />
              </>
            )}
            {lastResult.reason === "" ? null : <span class="why">{lastResult.reason}</span>}
          </>
        )}
      </li>
    ))}
  </ul>
);
