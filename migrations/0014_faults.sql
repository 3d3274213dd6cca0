-- Faults of job files that the admin was notified of, each text of a file by itself, and since when a text was not seen.
-- Two versions of the Worker may run on one database, and only one of them may have the fault. Only adds.
CREATE TABLE fault_notice (
  name TEXT NOT NULL,
  text TEXT NOT NULL,
  absent_since INTEGER,
  PRIMARY KEY (name, text)
) WITHOUT ROWID;
