-- A share of every delivery for each recipient, and a record of attempts that ended without a result. Only adds, but for
-- an index that another replaces, so that the Worker of the version before runs on these tables while a deploy is under way.

-- 0: a message to itself, 1: an alert, 2: other mail that a job asked for.
ALTER TABLE message ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
UPDATE message SET priority = 0 WHERE closed = 0 AND token IS NOT NULL;
-- Newest attempts in a row of which no result was recorded: sending it may be what ended them.
ALTER TABLE message ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;

-- Finds each recipient's first messages without reading what waits behind them.
CREATE INDEX message_queue ON message (recipient, priority, decided_at DESC) WHERE closed = 0;
DROP INDEX message_waiting;
CREATE INDEX message_suspect ON message (unfinished) WHERE closed = 0 AND unfinished >= 2;

-- Temporary refusals in a row, and when the next attempt may be made. Whatever waits for this recipient waits for it.
ALTER TABLE recipient ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;
ALTER TABLE recipient ADD COLUMN next_attempt_at INTEGER NOT NULL DEFAULT 0;
