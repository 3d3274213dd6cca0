-- The newest failure of a heartbeat that no tick has seen yet, so that a success right after it does not hide it, and its
-- newest ends, from which a tick sees what was late or took too long since the tick before. Writes of the minute are also
-- counted by kind. Only adds, so that the Worker of the version before runs on these tables while a deploy is under way.
ALTER TABLE heartbeat ADD COLUMN failed_at INTEGER;
ALTER TABLE heartbeat ADD COLUMN failed_code INTEGER;
ALTER TABLE heartbeat ADD COLUMN failed_output TEXT NOT NULL DEFAULT '';
-- JSON: time and duration (or null) of each, newest first.
ALTER TABLE heartbeat ADD COLUMN ends TEXT NOT NULL DEFAULT '[]';
ALTER TABLE heartbeat ADD COLUMN log_writes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE heartbeat ADD COLUMN end_writes INTEGER NOT NULL DEFAULT 0;
