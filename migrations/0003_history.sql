-- History at the cost of one row a tick. Only adds, so that the Worker of the version before runs on these tables
-- while a deploy is under way.
--
-- Records have the key lane * 2^32 + minutes since 1970: a stretch of a lane is one range of keys, and no other
-- index is written with them. Blobs are laid out in src/domain/history/sample.ts and rollup.ts.

-- Where jobs of one frequency have their place, for the tick. `jobs` is JSON: the lane's own id, so that a row that
-- was given another is known, and the state names by position.
CREATE TABLE lane (
  id INTEGER PRIMARY KEY,
  frequency TEXT NOT NULL,
  jobs TEXT NOT NULL,
  names INTEGER NOT NULL
);

-- A job's time at one place. The key is lane * 1024 + position.
CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  frequency TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER
);
CREATE INDEX series_job ON series (job);

-- What is kept of a lane, also after it was closed: samples from raw_from on, rollups from … until ….
CREATE TABLE kept (
  lane INTEGER PRIMARY KEY,
  frequency TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  to_at INTEGER,
  raw_from INTEGER NOT NULL,
  hourly_from INTEGER NOT NULL,
  hourly_until INTEGER NOT NULL,
  daily_from INTEGER NOT NULL,
  daily_until INTEGER NOT NULL
);

-- Every outcome and latency of one lane and slot.
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

-- A job's failure, from the first that counts to its recovery.
CREATE TABLE incident (
  from_at INTEGER NOT NULL,
  job TEXT NOT NULL,
  name TEXT NOT NULL,
  to_at INTEGER,
  first_reason TEXT NOT NULL,
  last_reason TEXT NOT NULL,
  told INTEGER NOT NULL,
  first_told_at INTEGER,
  accepted_at INTEGER,
  ended TEXT,
  PRIMARY KEY (from_at, job)
) WITHOUT ROWID;
CREATE INDEX incident_job ON incident (job, from_at);
