import type { IncidentChange } from "../../../history/incident.ts";
import type { SeriesBlock } from "../../../history/blocks.ts";
import { newRetention } from "../../../history/retention.ts";
import { defaultGroup, type JobDisplay } from "../../../core/job-display.ts";
import type { HistoryChanges } from "../../../history/ports.ts";
import { toHex } from "../bytes.ts";
import { positionKey, recordKey } from "./keys.ts";
import { retentionColumns, UPSERT_RETENTION } from "./rows.ts";

/** Statements and the rows for each, which go as JSON. A quiet tick has one row for the first, and no other. */
export function historyRows(history: HistoryChanges): readonly (readonly [string, readonly unknown[]])[] {
  return [
    [
      // A slot whose row of `frequency` was lost may come twice: its last outcomes are kept.
      `INSERT INTO sample (id, data) SELECT value->>0, unhex(value->>1) FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO UPDATE SET data = excluded.data`,
      history.samples.map(({ block, atMs, data }) => [recordKey(block, atMs), toHex(data)]),
    ],
    [
      `INSERT INTO block (id, frequency, jobs, names) SELECT value->>0, value->>1, value->2, value->>3
       FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO UPDATE SET frequency = excluded.frequency, jobs = excluded.jobs, names = excluded.names`,
      history.changed.map(blockColumns),
    ],
    [
      UPSERT_RETENTION,
      history.created.map(({ id, frequency, atMs }) => retentionColumns(newRetention(id, frequency, atMs))),
    ],
    [
      `UPDATE series SET to_at = d.value->>1 FROM json_each(?1) AS d
       WHERE series.id = d.value->>0 AND series.to_at IS NULL`,
      history.ended.map(({ toMs, ...place }) => [positionKey(place), toMs]),
    ],
    [
      // Also where the lane could not be read, and nobody knew that the job had a place in it.
      `UPDATE series SET to_at = max(series.from_at, d.value->>1) FROM json_each(?1) AS d
       WHERE series.job = d.value->>0 AND series.to_at IS NULL AND series.id <> d.value->>2`,
      history.opened.map((one) => [one.jobKey, one.fromMs, positionKey(one)]),
    ],
    [
      `INSERT INTO series (id, job, name, group_name, is_public, frequency, from_at)
       SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, value->>6 FROM json_each(?1) WHERE true
       ON CONFLICT (id) DO UPDATE SET job = excluded.job, name = excluded.name, group_name = excluded.group_name,
         is_public = excluded.is_public, frequency = excluded.frequency, from_at = excluded.from_at, to_at = NULL`,
      history.opened.map((one) => [
        positionKey(one),
        one.jobKey,
        ...shownColumns(one),
        one.frequency,
        one.fromMs,
      ]),
    ],
    [
      `UPDATE series SET name = d.value->>1, group_name = d.value->>2, is_public = d.value->>3
       FROM json_each(?1) AS d
       WHERE series.id = d.value->>0 AND (series.name <> d.value->>1 OR series.group_name IS NOT d.value->>2
         OR series.is_public <> d.value->>3)`,
      history.renamed.map((one) => [positionKey(one), ...shownColumns(one)]),
    ],
    [
      `UPDATE series SET to_at = max(from_at, d.value->>1) FROM json_each(?1) AS d
       WHERE series.id >= (d.value->>0) * 1024 AND series.id < (d.value->>0) * 1024 + 1024 AND series.to_at IS NULL`,
      history.closed.map(({ id, atMs }) => [id, atMs]),
    ],
    [
      `UPDATE retention SET to_at = d.value->>1 FROM json_each(?1) AS d WHERE block = d.value->>0 AND to_at IS NULL`,
      history.closed.map(({ id, atMs }) => [id, atMs]),
    ],
    [`DELETE FROM block WHERE id IN (SELECT value FROM json_each(?1))`, history.closed.map(({ id }) => id)],
    // Those that are known first, then those that are not.
    [CHANGE_INCIDENTS, history.incidents.map(incidentColumns)],
    [ADD_INCIDENTS, history.incidents.map(incidentColumns)],
  ];
}

/** The group that a job has where it says nothing is not written down. */
function shownColumns({
  jobKey,
  name,
  group,
  isPublic,
}: JobDisplay & { readonly jobKey: string }): readonly unknown[] {
  return [name, group === defaultGroup(jobKey) ? null : group, Number(isPublic)];
}

/** The lane's own id goes with its jobs. */
function blockColumns({ id, frequency, jobs, names }: SeriesBlock): readonly unknown[] {
  return [id, frequency, { block: id, jobs }, names];
}

function incidentColumns(one: IncidentChange): readonly unknown[] {
  const { fromMs, jobKey, name, end, reason, notifiedAtMs, notifiedBeforeMs } = one;
  const how = end?.how ?? null;
  return [
    fromMs,
    jobKey,
    name,
    end?.atMs ?? null,
    how,
    reason,
    notifiedAtMs,
    notifiedBeforeMs,
    Number(one.inMaintenance),
    one.failures,
    one.furtherNotifications,
  ];
}

/** A change without an end reopens the incident: a removed job came back still failing. An end never moves. */
const CHANGE_INCIDENTS = `
  UPDATE incident SET
    to_at = iif(d.value->>4 IS NULL OR ended IS NULL, d.value->>3, to_at),
    ended = iif(d.value->>4 IS NULL OR ended IS NULL, d.value->>4, ended),
    last_reason = coalesce(d.value->>5, last_reason),
    notification_count = notification_count + (d.value->>6 IS NOT NULL) + d.value->>10, failures = max(failures, d.value->>9),
    first_notified_at = coalesce(first_notified_at, d.value->>6)
  FROM json_each(?1) AS d WHERE incident.from_at = d.value->>0 AND incident.job = d.value->>1`;

const ADD_INCIDENTS = `
  INSERT INTO incident (from_at, job, name, to_at, ended, first_reason, last_reason, notification_count, first_notified_at,
                        in_maintenance, failures)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, coalesce(value->>5, ''), coalesce(value->>5, ''),
         (value->>6 IS NOT NULL) + (value->>7 IS NOT NULL) + value->>10, coalesce(value->>7, value->>6),
         value->>8, value->>9
  FROM json_each(?1) WHERE true
  ON CONFLICT (from_at, job) DO NOTHING`;
