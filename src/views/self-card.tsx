import type { Child, FC } from "hono/jsx";
import { MINUTE_MS } from "../domain/frequency.ts";
import type { MailProof, PeerHealth, PrivateHealth, SelfHealth } from "../domain/pages/self-health.ts";
import { formatDuration, oneLine, plural } from "../domain/text.ts";
import { jobId } from "../domain/pages/job-id.ts";
import { lookOf } from "../domain/pages/overview.ts";
import { Look } from "./job-row.tsx";
import { Ago, Time } from "./time.tsx";

interface CardProps {
  readonly self: SelfHealth;
  readonly asOfMs: number | null;
  readonly isStale: boolean;
  readonly nowMs: number;
}

/** Checker's own health, as plainly as that of the jobs. */
export const SelfCard: FC<CardProps> = ({ self: { word, mail, details }, asOfMs, isStale, nowMs }) => (
  <section class="self" aria-labelledby="self">
    <h2 id="self">
      Checker itself <Word word={word} isWhole={details === null || details.faults.length === 0} />
    </h2>
    <dl>
      <Fact name="Checks" isWell={!isStale}>
        {asOfMs === null ? (
          "none yet"
        ) : (
          <>
            last <Ago atMs={asOfMs} nowMs={nowMs} />
          </>
        )}
      </Fact>
      <Fact name="Mail" isWell={mail.kind === "proven"}>
        <Proof mail={mail} nowMs={nowMs} />
      </Fact>
      {details === null ? null : <Details details={details} />}
    </dl>
    {details === null || word === "True" ? null : <p class="why">{oneLine(details.reason)}</p>}
  </section>
);

const Word: FC<{ readonly word: SelfHealth["word"]; readonly isWhole: boolean }> = ({ word, isWhole }) => {
  const [look, sign] = word !== "True" ? ["down", "✕"] : isWhole ? ["up", "✓"] : ["unclear", "?"];
  return (
    <b class={look}>
      <i aria-hidden="true">{sign}</i> {WORDS[word]}
      {look === "unclear" ? ", but not all jobs run" : null}
    </b>
  );
};

const WORDS: Readonly<Record<SelfHealth["word"], string>> = {
  True: "is well",
  MailProblem: "has trouble with its mail",
  JobProblem: "does not run as it should",
};

const Fact: FC<{ readonly name: string; readonly isWell: boolean; readonly children?: Child }> = ({
  name,
  isWell,
  children,
}) => (
  <div class={isWell ? "well" : "ill"}>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
);

const Proof: FC<{ readonly mail: MailProof; readonly nowMs: number }> = ({ mail, nowMs }) => {
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

const Details: FC<{ readonly details: PrivateHealth }> = ({ details }) => {
  const { peers, outbox, gaps, faults } = details;
  const { waiting, held, setAside } = outbox;
  const parts = [
    ...(waiting === 0 ? [] : [`${plural(waiting, "message")} waiting`]),
    ...(held === 0 ? [] : [`${held} held for the limit of an hour`]),
    ...(setAside === 0 ? [] : [`${setAside} set aside`]),
  ];
  return (
    <>
      <Fact name="Outbox" isWell={parts.length === 0}>
        <a href="/outbox">{parts.length === 0 ? "nothing waits" : parts.join(", ")}</a>
      </Fact>
      <Fact name="Peers" isWell={peers.every(({ said }) => said?.status === "up")}>
        {peers.length === 0 ? "none: nobody else watches this Checker for you" : <Peers peers={peers} />}
      </Fact>
      {gaps.length === 0 ? null : (
        <Fact name="Gaps" isWell>
          <ul>
            {gaps.map(({ toMs, slots }) => (
              <li>
                no checks for {formatDuration(slots * MINUTE_MS)}, until <Time atMs={toMs + MINUTE_MS} />
              </li>
            ))}
          </ul>
        </Fact>
      )}
      {faults.length === 0 ? null : (
        <Fact name="Job files" isWell={false}>
          <ul>
            {faults.map(({ name, text }) => (
              <li>
                jobs/{name} cannot be run, in whole or in part: {oneLine(text, 500)}
              </li>
            ))}
          </ul>
        </Fact>
      )}
    </>
  );
};

const Peers: FC<{ readonly peers: readonly PeerHealth[] }> = ({ peers }) => (
  <ul>
    {peers.map(({ url, said }) => (
      <li>
        {said === null ? (
          <>
            {url}: <b class="unclear">nobody asks it</b>
          </>
        ) : (
          <>
            <a href={`/jobs/${jobId(said.job)}`}>{url}</a>: <Look look={lookOf(said.status)} />
            {said.sinceMs === null ? null : (
              <>
                {" "}
                since <Time atMs={said.sinceMs} />
              </>
            )}
            {said.reason === "" ? null : <span class="why">{said.reason}</span>}
          </>
        )}
      </li>
    ))}
  </ul>
);
