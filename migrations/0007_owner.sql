-- Why somebody was told or was not, and what the owner said and did. Only adds, so that the Worker of the version
-- before runs on these tables while a deploy is under way.

-- A notice that is due and kept back, as JSON: by what, which, and the recovery that is still to be told.
ALTER TABLE job_state ADD COLUMN held TEXT;

-- Jobs under maintenance as of the newest tick, as JSON: from, until, identities.
ALTER TABLE shard ADD COLUMN maintenance TEXT;

-- 1 where the incident began under maintenance.
ALTER TABLE incident ADD COLUMN in_maintenance INTEGER NOT NULL DEFAULT 0;

-- What was decided of a job when its status changed, when a notice was due, and when one began to be kept back.
-- `messages` is JSON: ids of what was written to the outbox for it.
CREATE TABLE decision (
  job TEXT NOT NULL,
  at INTEGER NOT NULL,
  status_from TEXT,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  failures INTEGER NOT NULL,
  ground TEXT NOT NULL,
  notice TEXT,
  held_by TEXT,
  messages TEXT NOT NULL,
  PRIMARY KEY (job, at)
) WITHOUT ROWID;

-- What the owner has said about notices. `job` is '' for all jobs. A silence lasts until `until_at`; an acknowledgement
-- is of the failure that began at `failed_at`.
CREATE TABLE hush (
  job TEXT NOT NULL,
  kind TEXT NOT NULL,
  until_at INTEGER,
  failed_at INTEGER,
  said_at INTEGER NOT NULL,
  PRIMARY KEY (job, kind)
) WITHOUT ROWID;

-- Everything that the owner did here. `mark` is that of the call that wrote it, so that one whose answer was lost can
-- be recognised.
CREATE TABLE action (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  job TEXT,
  name TEXT NOT NULL,
  detail TEXT NOT NULL,
  done_by TEXT NOT NULL,
  mark TEXT NOT NULL
);
