-- Storms, repeatable writes, the ledger and flapping. Only adds, so that the Worker of the version before
-- runs on these tables while a deploy is under way.

-- What a message tells, part by part, as JSON: several jobs may share one mail. NULL in rows from before.
ALTER TABLE message ADD COLUMN parts TEXT;
-- The mail that told it: several messages may go out as one.
ALTER TABLE message ADD COLUMN mail_id TEXT;
-- Mark of the call that leased it: a lease whose answer was lost can be asked for again.
ALTER TABLE message ADD COLUMN leased_by TEXT;
-- 1 while it waits for a limit of mails an hour and not because it was refused.
ALTER TABLE message ADD COLUMN held INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN last_error_code TEXT;

-- When mails to one person were accepted within the last hour: JSON, Unix ms, oldest first.
CREATE TABLE recipient (
  address TEXT PRIMARY KEY,
  accepted TEXT NOT NULL
) WITHOUT ROWID;

-- Mark of the call that claimed it, for the same reason as `leased_by`.
ALTER TABLE frequency ADD COLUMN claimed_by TEXT;

-- From here on a tick's id is the number of its commit, and `mark` is that of the call that made it, so that
-- a commit whose answer was lost can be recognised.
ALTER TABLE tick ADD COLUMN mark TEXT;
-- Those of its frequencies whose slot is older than the tick.
ALTER TABLE tick ADD COLUMN caught_up TEXT NOT NULL DEFAULT '';

-- Slots that never ran, both ends included. Time in here is neither up nor down.
CREATE TABLE gap (
  id INTEGER PRIMARY KEY,
  frequency TEXT NOT NULL,
  from_slot INTEGER NOT NULL,
  to_slot INTEGER NOT NULL,
  slots INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL
);

-- When failures of the job began or ended lately, as JSON, and since when it is called flapping.
ALTER TABLE job_state ADD COLUMN changes TEXT NOT NULL DEFAULT '[]';
ALTER TABLE job_state ADD COLUMN flapping_since INTEGER;
