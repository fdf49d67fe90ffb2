-- Parts of several tables, and the lane that spans come from.

ALTER TABLE parts ADD COLUMN "table" TEXT NOT NULL DEFAULT 'errors';

INSERT INTO state VALUES ('flushed_traces', 0);
