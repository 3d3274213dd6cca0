-- Failures in a row of jobs that go on failing and of which nothing else has changed, as JSON: identity, count, and the
-- time of the first of them. Newer than those in job_state, whose rows need not be written for it. Only adds.
ALTER TABLE shard ADD COLUMN counts TEXT;
