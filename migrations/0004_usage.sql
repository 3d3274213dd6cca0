-- What the platform was used for by this tick, and by all of the day up to it, as JSON. Only adds.
ALTER TABLE tick ADD COLUMN usage TEXT;
