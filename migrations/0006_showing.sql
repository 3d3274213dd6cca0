-- The heading under which a job is shown, where it is another than its file's name, and whether strangers see it. Only
-- adds.
ALTER TABLE series ADD COLUMN group_name TEXT;
ALTER TABLE series ADD COLUMN is_public INTEGER NOT NULL DEFAULT 0;
