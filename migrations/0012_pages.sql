-- What /status asks of messages that wait, at one row each however many there are. Only adds.
CREATE INDEX message_unsent ON message ((attempts > unfinished), decided_at) WHERE closed = 0 AND held = 0 AND token IS NULL;
