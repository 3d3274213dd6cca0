-- All times are Unix milliseconds, UTC. Tables with a text key are WITHOUT ROWID, because the extra index
-- of a rowid table would cost one more written row for every row.

-- Which slot of each frequency was taken and which was finished. Four rows, never more.
CREATE TABLE frequency (
  name TEXT PRIMARY KEY,
  claimed_slot INTEGER NOT NULL,
  claimed_at INTEGER NOT NULL,
  done_slot INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO frequency (name, claimed_slot, claimed_at, done_slot) VALUES
  ('MINUTE', -1, -1, -1), ('HOUR', -1, -1, -1), ('DAY', -1, -1, -1), ('DAY_NOON', -1, -1, -1);

-- Counts commits. Setting it to NULL, which is not allowed, is how a commit from an older view undoes
-- itself with all the rest of its batch.
CREATE TABLE shard (
  id TEXT PRIMARY KEY,
  version INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO shard (id, version) VALUES ('main', 0);

-- What is remembered of a job between its runs; written only when it changes.
CREATE TABLE job_state (
  job TEXT PRIMARY KEY,
  succeeding INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  first_failure_at INTEGER,
  last_notify_at INTEGER,
  told_condition TEXT,
  status TEXT,
  reason TEXT NOT NULL,
  since INTEGER,
  inconclusive_runs INTEGER NOT NULL,
  inconclusive_told INTEGER NOT NULL
) WITHOUT ROWID;

-- A job became up, down or inconclusive.
CREATE TABLE status_change (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  status_from TEXT,
  status_to TEXT NOT NULL,
  reason TEXT NOT NULL,
  at INTEGER NOT NULL
);

-- Every whole tick.
CREATE TABLE tick (
  id INTEGER PRIMARY KEY,
  scheduled_at INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  frequencies TEXT NOT NULL,
  jobs INTEGER NOT NULL,
  up INTEGER NOT NULL,
  down INTEGER NOT NULL,
  inconclusive INTEGER NOT NULL
);

-- One mail to one address, from decision to acceptance. `closed` is 1 when it was accepted, set aside or
-- dropped; the partial index then forgets it, so looking for work reads only what waits.
CREATE TABLE message (
  id TEXT PRIMARY KEY,
  recipient TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  job TEXT,
  token TEXT,
  decided_at INTEGER NOT NULL,
  expires_at INTEGER,
  attempts INTEGER NOT NULL,
  next_attempt_at INTEGER NOT NULL,
  last_error TEXT,
  accepted_at INTEGER,
  set_aside_at INTEGER,
  closed INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX message_waiting ON message (next_attempt_at) WHERE closed = 0;
CREATE INDEX message_set_aside ON message (set_aside_at) WHERE set_aside_at IS NOT NULL;

-- Messages that this instance mailed to itself, and their round trips.
CREATE TABLE probe (
  token TEXT PRIMARY KEY,
  message_id TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  returned_at INTEGER
) WITHOUT ROWID;
CREATE INDEX probe_sent ON probe (sent_at);

-- Job files that cannot be run, as they were last told.
CREATE TABLE job_fault (
  name TEXT PRIMARY KEY,
  text TEXT NOT NULL
) WITHOUT ROWID;
