-- A job that changes often costs no row for each change. Only adds, so that the previous version of the Worker runs on
-- these tables during a deploy.

-- The states of unsettled jobs as JSON, with the number of the commit that wrote them: newer than those in job_state, as
-- long as that is the newest commit.
ALTER TABLE shard ADD COLUMN unsettled TEXT;

-- How much the job changed lately, and when last, as JSON.
ALTER TABLE job_state ADD COLUMN churn TEXT;

-- How often the job failed during the incident.
ALTER TABLE incident ADD COLUMN failures INTEGER NOT NULL DEFAULT 1;
