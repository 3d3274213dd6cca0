-- A report that mail was not delivered names the mail (`mail_id`). One more row is written for each accepted mail, and
-- none for probes. Only adds.
CREATE INDEX message_mail ON message (mail_id) WHERE accepted_at IS NOT NULL AND token IS NULL;
