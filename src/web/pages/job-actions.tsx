import type { FC } from "hono/jsx";
import type { JobView } from "../../status/status-page.ts";

/** Usual lengths of a silence, minutes. */
const LENGTHS: readonly (readonly [number, string])[] = [
  [60, "1 hour"],
  [240, "4 hours"],
  [480, "8 hours"],
  [1_440, "1 day"],
  [4_320, "3 days"],
  [10_080, "7 days"],
];

/** What the owner may do with a job. */
export const JobActions: FC<{ readonly job: JobView }> = ({ job: { id, displayStatus, ...jobKey } }) => (
  <section>
    <h2>Do something</h2>
    <div class="acts">
      <form method="post" action={`/jobs/${id}/run`}>
        <button>Run it now</button>
      </form>
      {(displayStatus === "down" || displayStatus === "maintenance") && !jobKey.isAcknowledged ? (
        <form method="post" action={`/jobs/${id}/acknowledge`}>
          <button>Acknowledge: no more reminders of this failure</button>
        </form>
      ) : null}
      <SilenceForms path={`/jobs/${id}`} untilMs={jobKey.ownSilenceUntilMs} what="it" />
    </div>
  </section>
);

export const SilenceForms: FC<{
  /** What the addresses begin with. */
  readonly path: string;
  readonly untilMs: number | null;
  readonly what: string;
}> = ({ path, untilMs, what }) => (
  <>
    {untilMs === null ? null : (
      <form method="post" action={`${path}/end-silence`}>
        <button>End the silence</button>
      </form>
    )}
    <form method="post" action={`${path}/silence`}>
      <label>
        {untilMs === null ? `Silence ${what} for` : `Silence ${what} instead for`}{" "}
        <select name="for">
          {LENGTHS.map(([minutes, text]) => (
            <option value={String(minutes)}>{text}</option>
          ))}
        </select>
      </label>{" "}
      <label>
        or until (UTC) <input type="datetime-local" name="until" />
      </label>{" "}
      <button>Silence</button>
    </form>
  </>
);
