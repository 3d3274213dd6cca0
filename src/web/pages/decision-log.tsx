import type { FC } from "hono/jsx";
import type { ActionKind, AuditRecord } from "../../alerting/audit.ts";
import { displayStatusOf } from "../../status/status-page.ts";
import type { DecisionLogEntry, LoggedMail } from "../../alerting/decision-log.ts";
import { plural } from "../../core/text.ts";
import { StatusSign } from "./job-row.tsx";
import { Time } from "./time.tsx";

const HELD_BY = {
  maintenance: "kept back, under maintenance",
  silence: "kept back, silenced",
  acknowledgement: "not told, acknowledged",
};
const NOTICES = {
  failure: "failure told",
  recovery: "recovery notified",
  inconclusive: "told that it cannot be checked",
  flapping: "told that it flaps",
};

/** For each change, why somebody was told or was not, and when the mail was accepted. */
export const DecisionLog: FC<{ readonly entries: readonly DecisionLogEntry[] }> = ({ entries }) =>
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
              <StatusSign look={displayStatusOf(entry.status)} />
              {entry.failures > 1 ? <small> {plural(entry.failures, "failure")} in a row</small> : null}
              <span class="why">{entry.reason}</span>
            </td>
            <td>
              {entry.notification !== null
                ? NOTICES[entry.notification]
                : entry.suppressedBy !== null
                  ? HELD_BY[entry.suppressedBy]
                  : "not told"}
              <small> – {entry.decisionReason}</small>
              {entry.mails.map((mail) => (
                <MailState mail={mail} />
              ))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );

const MailState: FC<{ readonly mail: LoggedMail }> = ({
  mail: { to, acceptedAtMs, failedAtMs, isThrottled },
}) => (
  <span class="why">
    to {to}:{" "}
    {acceptedAtMs !== null ? (
      <>
        accepted <Time atMs={acceptedAtMs} />
      </>
    ) : failedAtMs !== null ? (
      <>
        given up <Time atMs={failedAtMs} />
      </>
    ) : isThrottled ? (
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
export const ActionList: FC<{ readonly actions: readonly AuditRecord[] }> = ({ actions }) =>
  actions.length === 0 ? (
    <p>Nothing yet.</p>
  ) : (
    <ul class="plain">
      {actions.map(({ atMs, kind, name, detail, jobKey, by }) => (
        <li class="card">
          <b>{DONE[kind]}</b>
          {jobKey === null ? ` ${name}` : null}
          {detail === "" ? null : `, ${detail}`}
          <small>
            {" "}
            – <Time atMs={atMs} />, by {by}
          </small>
        </li>
      ))}
    </ul>
  );
