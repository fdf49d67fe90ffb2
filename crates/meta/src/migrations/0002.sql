-- Parts of several tables, and the lane that spans come from.

ALTER TABLE parts ADD COLUMN "table" TEXT NOT NULL DEFAULT 'errors';

INSERT INTO state VALUES ('applied_traces', 0), ('flushed_traces', 0), ('rehomed', 0);

ALTER TABLE projects ADD COLUMN first_transaction INTEGER;
