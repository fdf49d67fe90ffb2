-- Which file a monitor or an uptime check comes from; empty when people or code made it.
ALTER TABLE monitors ADD COLUMN origin TEXT NOT NULL DEFAULT '';
ALTER TABLE uptime ADD COLUMN origin TEXT NOT NULL DEFAULT '';
