import type { FC } from "hono/jsx";
import type { ActionKind, ActionRecord } from "../domain/owner.ts";
import { lookOf } from "../domain/pages/overview.ts";
import type { TraceEntry, TracedMail } from "../domain/trace.ts";
import { plural } from "../domain/text.ts";
import { Look } from "./job-row.tsx";
import { Time } from "./time.tsx";

const HELD_BY = {
  maintenance: "kept back, under maintenance",
  silence: "kept back, silenced",
  acknowledgement: "not told, acknowledged",
};
const NOTICES = {
  failure: "failure told",
  recovery: "recovery told",
  inconclusive: "told that it cannot be checked",
  flapping: "told that it flaps",
};

/** For each change, why somebody was told or was not, and when the mail was accepted. */
export const Trace: FC<{ readonly entries: readonly TraceEntry[] }> = ({ entries }) =>
  entries.length === 0 ? (
    <p>Nothing has changed yet.</p>
  ) : (
    <table class="trace">
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">What</th>
          <th scope="col">Told?</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr>
            <td>
              <Time atMs={entry.atMs} />
            </td>
            <td>
              <Look look={lookOf(entry.status)} />
              {entry.failures > 1 ? <small> {plural(entry.failures, "failure")} in a row</small> : null}
              <span class="why">{entry.reason}</span>
            </td>
            <td>
              {entry.notice !== null
                ? NOTICES[entry.notice]
                : entry.heldBy !== null
                  ? HELD_BY[entry.heldBy]
                  : "not told"}
              <small> – {entry.ground}</small>
              {entry.mails.map((mail) => (
                <MailState mail={mail} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );

const MailState: FC<{ readonly mail: TracedMail }> = ({
  mail: { to, acceptedAtMs, setAsideAtMs, isHeld },
}) => (
  <span class="why">
    to {to}:{" "}
    {acceptedAtMs !== null ? (
      <>
        accepted <Time atMs={acceptedAtMs} />
      </>
    ) : setAsideAtMs !== null ? (
      <>
        given up <Time atMs={setAsideAtMs} />
      </>
    ) : isHeld ? (
      "held for the limit of mails an hour"
    ) : (
      "not accepted yet"
    )}
  </span>
);

const DONE: Readonly<Record<ActionKind, string>> = {
  run: "run",
  acknowledge: "acknowledged",
  silence: "silenced",
  "end silence": "silence ended",
  "test mail": "test mail sent",
  "retry message": "message sent again",
  "drop message": "message dropped",
  "drop messages": "messages dropped,",
};

/** What the owner did. */
export const ActionList: FC<{ readonly actions: readonly ActionRecord[] }> = ({ actions }) =>
  actions.length === 0 ? (
    <p>Nothing yet.</p>
  ) : (
    <ul class="plain">
      {actions.map(({ atMs, kind, name, detail, job, by }) => (
        <li class="card">
          <b>{DONE[kind]}</b>
          {job === null ? ` ${name}` : null}
          {detail === "" ? null : `, ${detail}`}
          <small>
            {" "}
            – <Time atMs={atMs} />, by {by}
          </small>
        </li>
      ))}
    </ul>
  );
