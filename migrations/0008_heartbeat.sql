-- What is known of each heartbeat: when it was watched, and its newest pings. One row each and no index, so that a ping
-- writes one row. `seen_at` is written by a tick once a day. Only adds.
CREATE TABLE heartbeat (
  id TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  watched_since INTEGER NOT NULL,
  seen_at INTEGER NOT NULL,
  started_at INTEGER,
  run TEXT,
  running INTEGER NOT NULL DEFAULT 0,
  ended_at INTEGER,
  code INTEGER,
  took INTEGER,
  output TEXT NOT NULL DEFAULT '',
  log TEXT NOT NULL DEFAULT '',
  minute INTEGER NOT NULL DEFAULT 0,
  writes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
