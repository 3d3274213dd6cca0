import type { FC } from "hono/jsx";
import type { AuditRecord } from "../../alerting/audit.ts";
import type { OutboxEntry, WaitingRecipient } from "../../mail/outbox.ts";
import { plural } from "../../core/text.ts";
import { Layout } from "./layout.tsx";
import { Time } from "./time.tsx";
import { ActionList } from "./decision-log.tsx";

const STATES: Readonly<Record<OutboxEntry["state"], string>> = {
  waiting: "waits",
  throttled: "is held for the limit of mails an hour",
  failed: "was set aside: it was not told",
};

/** `/outbox`: what was decided and is not told yet, or not at all. For the owner alone. */
export const OutboxPage: FC<{
  readonly messages: readonly OutboxEntry[];
  readonly more: boolean;
  /** For whom messages wait. */
  readonly recipients: readonly WaitingRecipient[];
  /** What the owner did that concerns no job. */
  readonly actions: readonly AuditRecord[];
}> = ({ messages, more, recipients, actions }) => (
  <Layout title="Outbox" audience="admin" canSignIn icon="new" staleInSeconds={null}>
    <h1>Outbox</h1>
    {messages.length === 0 ? <p>Nothing waits: everything was told.</p> : null}
    <ul class="plain">
      {messages.map((message) => (
        <li class="card">
          <h2>{message.subject}</h2>
          <p>
            to {message.to}{" "}
            <b class={message.state === "failed" ? "down" : "inconclusive"}>{STATES[message.state]}</b>,
            decided <Time atMs={message.decidedAtMs} />
            {message.attempts === 0 ? null : `, ${plural(message.attempts, "attempt")}`}
            {message.nextAttemptAtMs === null || message.nextAttemptAtMs === 0 ? null : (
              <>
                , next <Time atMs={message.nextAttemptAtMs} />
              </>
            )}
            {message.failedAtMs === null ? null : (
              <>
                , given up <Time atMs={message.failedAtMs} />
              </>
            )}
          </p>
          {message.lastError === null ? null : (
            <p class="why">
              The mail service said {message.lastError.code}: {message.lastError.reason}
            </p>
          )}
          <div class="acts">
            <form method="post" action={`/outbox/${encodeURIComponent(message.id)}/retry`}>
              <button>{message.state === "failed" ? "Send it again" : "Send it now"}</button>
            </form>
            <form method="post" action={`/outbox/${encodeURIComponent(message.id)}/drop`}>
              <button>Drop it</button>
            </form>
          </div>
          <details>
            <summary>Text</summary>
            <pre>{message.body}</pre>
          </details>
        </li>
      ))}
    </ul>
    {more ? <p>There are more: these are the newest.</p> : null}
    {recipients.length === 0 ? null : (
      <section>
        <h2>Waiting recipients</h2>
        <ul class="plain">
          {recipients.map(({ to, refusals, nextAttemptAtMs }) => (
            <li class="card">
              <p>
                {to}
                {refusals === 0 ? null : (
                  <>
                    : refused {plural(refusals, "time")} in a row, next attempt{" "}
                    <Time atMs={nextAttemptAtMs} />
                  </>
                )}
              </p>
              <form method="post" action="/recipients/drop" class="acts">
                <input type="hidden" name="to" value={to} />
                <button>Drop everything to {to}</button>
              </form>
            </li>
          ))}
        </ul>
      </section>
    )}
    <h2>Does mail arrive?</h2>
    <form method="post" action="/test-mail">
      <button>Send a test mail to every alert contact</button>
    </form>
    <section id="did">
      <h2>What was done here</h2>
      <ActionList actions={actions} />
    </section>
  </Layout>
);
