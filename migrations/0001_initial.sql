-- The whole schema. Later migrations only add: they run before the deploy, so the previous version of the Worker must work
-- on their tables.
--
-- Times are Unix milliseconds, UTC, in columns named …_at, since or …_slot; NULL means never. Tables with a text key are
-- WITHOUT ROWID: the extra index of a rowid table costs one more written row for every row.

-- One row: what every commit of a tick reads and writes.
CREATE TABLE instance (
  id TEXT PRIMARY KEY,
  -- Counts commits. A commit made from an older version is refused.
  version INTEGER NOT NULL,
  -- JSON: [job, failures, first_failure_at] of jobs that keep failing and of which nothing else changed. Newer than
  -- job_state, so that a thousand failing jobs cost one row a tick.
  failure_counters TEXT,
  -- JSON: the maintenance windows that are open.
  maintenance TEXT,
  -- JSON: states of jobs that change too often to write each change, with the version that wrote them. Newer than job_state.
  churning TEXT
) WITHOUT ROWID;
INSERT INTO instance (id, version) VALUES ('main', 0);

-- Four rows: which slot of each frequency was claimed last, and which was completed.
CREATE TABLE frequency (
  name TEXT PRIMARY KEY,
  claimed_slot INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  claimed_by TEXT,
  completed_slot INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO frequency (name, claimed_slot, claimed_at, completed_slot) VALUES
  ('MINUTE', -1, -1, -1), ('HOUR', -1, -1, -1), ('DAY', -1, -1, -1), ('DAY_NOON', -1, -1, -1);

-- The state of each job, written only when it changes.
CREATE TABLE job_state (
  job TEXT PRIMARY KEY,
  succeeding INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  first_failure_at INTEGER,
  last_notified_at INTEGER,
  last_notified_failure_kind TEXT,
  status TEXT,
  reason TEXT NOT NULL,
  since INTEGER,
  inconclusive_runs INTEGER NOT NULL,
  inconclusive_notified INTEGER NOT NULL,
  -- JSON: times of the newest changes, for flap detection.
  changes TEXT NOT NULL DEFAULT '[]',
  flapping_since INTEGER,
  -- JSON: a notification that is due and suppressed, by what, and a recovery that is still to be sent.
  suppressed TEXT,
  -- JSON: how often the job changed lately.
  churn TEXT
) WITHOUT ROWID;

CREATE TABLE status_change (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  status_from TEXT,
  status_to TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
);

-- One row for each committed tick. `id` is the version of its commit.
CREATE TABLE tick (
  id INTEGER PRIMARY KEY,
  scheduled_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  frequencies TEXT NOT NULL,
  -- Frequencies whose slot is older than the tick: no cron event had come for them.
  caught_up TEXT NOT NULL DEFAULT '',
  jobs INTEGER NOT NULL,
  up INTEGER NOT NULL,
  down INTEGER NOT NULL,
  inconclusive INTEGER NOT NULL,
  -- Idempotency key of the call that wrote it: a lost answer is not written twice.
  request_id TEXT,
  -- JSON: what the platform counted for this tick and for the day up to it.
  usage TEXT
);

-- Slots without a tick.
CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  frequency TEXT NOT NULL,
  from_slot INTEGER NOT NULL,
  to_slot INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL
);

-- The outbox, and what became of its messages.
CREATE TABLE message (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  job TEXT,
  -- JSON: digest items, one for each job that the message is about.
  items TEXT,
  -- Of a loopback mail; NULL for mail to people.
  token TEXT,
  decided_at INTEGER NOT NULL,
  expires_at INTEGER,
  -- 0: loopback mail, 1: alert, 2: other mail of a job.
  priority INTEGER NOT NULL DEFAULT 1,
  attempts INTEGER NOT NULL,
  -- The newest attempts in a row that ended without a result.
  unfinished INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL,
  leased_by TEXT,
  -- 1: delayed by the hourly limit of mails.
  throttled INTEGER NOT NULL DEFAULT 0,
  last_error_code TEXT,
  last_error TEXT,
  -- The mail it was sent in, shared by the messages of a digest.
  mail_id TEXT,
  accepted_at INTEGER,
  failed_at INTEGER,
  -- 1: accepted, failed, dropped or expired; nothing is to be sent any more.
  closed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX message_queue ON message (recipient, priority, decided_at DESC) WHERE closed = 0;
CREATE INDEX message_suspect ON message (unfinished) WHERE closed = 0 AND unfinished >= 2;
CREATE INDEX message_unsent ON message ((attempts > unfinished), decided_at) WHERE closed = 0 AND throttled = 0 AND token IS NULL;
CREATE INDEX message_failed ON message (failed_at) WHERE failed_at IS NOT NULL;
-- Finds the messages that a bounce names.
CREATE INDEX message_mail ON message (mail_id) WHERE accepted_at IS NOT NULL AND token IS NULL;

-- People who were sent mail lately, or whose mailbox refuses it.
CREATE TABLE recipient (
  address TEXT PRIMARY KEY,
  -- JSON: when mails of the last hour were accepted, oldest first.
  accepted TEXT NOT NULL,
  refusals INTEGER NOT NULL DEFAULT 0,
  next_attempt_at INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Mails that this Checker sent to itself.
CREATE TABLE loopback (
  token TEXT PRIMARY KEY,
  message_id TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  returned_at INTEGER
) WITHOUT ROWID;
CREATE INDEX loopback_sent ON loopback (sent_at);

-- Job files that cannot be loaded, in whole or in part.
CREATE TABLE load_error (
  name TEXT PRIMARY KEY,
  message TEXT NOT NULL
) WITHOUT ROWID;

-- Load errors that the admin was notified of. Two versions of the Worker may run on one database for a while, and only one
-- of them may have the error, so it is resolved only once it was absent for some minutes.
CREATE TABLE notified_load_error (
  name TEXT NOT NULL,
  message TEXT NOT NULL,
  absent_since INTEGER,
  PRIMARY KEY (name, message)
) WITHOUT ROWID;

-- Silences and acknowledgements.
CREATE TABLE suppression (
  -- '' for all jobs.
  job TEXT NOT NULL,
  kind TEXT NOT NULL,
  -- Of a silence.
  until_at INTEGER,
  -- Of an acknowledgement: the first failure of the incident that it is for.
  first_failure_at INTEGER,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (job, kind)
) WITHOUT ROWID;

-- The decision log: why a notification was sent or was not.
CREATE TABLE decision (
  job TEXT NOT NULL,
  at INTEGER NOT NULL,
  status_from TEXT,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  failures INTEGER NOT NULL,
  decision_reason TEXT NOT NULL,
  notification TEXT,
  suppressed_by TEXT,
  -- JSON: ids of its messages.
  messages TEXT NOT NULL,
  PRIMARY KEY (job, at)
) WITHOUT ROWID;

-- What the admin did.
CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  job TEXT,
  name TEXT NOT NULL,
  detail TEXT NOT NULL,
  actor TEXT NOT NULL,
  request_id TEXT NOT NULL
);

-- One row for each heartbeat and no index, so that a ping writes one row.
CREATE TABLE heartbeat (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  active_since INTEGER NOT NULL,
  -- Written by a tick once a day.
  evaluated_at INTEGER NOT NULL,
  started_at INTEGER,
  run_id TEXT,
  running INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER,
  code INTEGER,
  -- Milliseconds; NULL where the start of the run is not known.
  duration INTEGER,
  output TEXT NOT NULL DEFAULT '',
  log TEXT NOT NULL DEFAULT '',
  -- The newest failure that no tick has reported yet: a success right after it must not hide it.
  failed_at INTEGER,
  failed_code INTEGER,
  failed_output TEXT NOT NULL DEFAULT '',
  -- JSON: [at, duration] of the newest ends.
  ends TEXT NOT NULL DEFAULT '[]',
  -- Minutes since 1970, and how many pings were written in that minute: all, logs, ends.
  minute INTEGER NOT NULL DEFAULT 0,
  writes INTEGER NOT NULL DEFAULT 0,
  log_writes INTEGER NOT NULL DEFAULT 0,
  end_writes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- History: outcomes of up to a thousand jobs of one frequency share a row for each slot. A block says which job has which
-- position in these rows.
CREATE TABLE block (
  id INTEGER PRIMARY KEY,
  frequency TEXT NOT NULL,
  -- JSON: the block's id, and its jobs by position; null where a job was removed.
  jobs TEXT NOT NULL,
  -- Checksum of how the jobs are shown: it changes when one is renamed.
  names INTEGER NOT NULL
);

-- A job's time at one position. `id` is made from block and position.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  -- NULL: the name of its file.
  group_name TEXT,
  is_public INTEGER NOT NULL DEFAULT 0,
  frequency TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER
);
CREATE INDEX series_job ON series (job);

-- Which records of a block exist, by resolution.
CREATE TABLE retention (
  block INTEGER PRIMARY KEY,
  frequency TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER,
  raw_from INTEGER NOT NULL,
  hourly_from INTEGER NOT NULL,
  hourly_until INTEGER NOT NULL,
  daily_from INTEGER NOT NULL,
  daily_until INTEGER NOT NULL
);

-- Records of a block: `id` is made from block and time.
CREATE TABLE sample (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);
CREATE TABLE hourly (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);
CREATE TABLE daily (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);

CREATE TABLE incident (
  from_at INTEGER NOT NULL,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  to_at INTEGER,
  -- 'recovered' or 'removed'; NULL while it is ongoing.
  ended TEXT,
  first_reason TEXT NOT NULL,
  last_reason TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 1,
  notification_count INTEGER NOT NULL,
  first_notified_at INTEGER,
  -- When the first mail about it was accepted by the mail service.
  accepted_at INTEGER,
  in_maintenance INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (from_at, job)
) WITHOUT ROWID;
CREATE INDEX incident_job ON incident (job, from_at);
