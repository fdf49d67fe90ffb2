-- Uptime checks, and what they saw. Times are microseconds since 1970, UTC.

-- `asks`: an `UptimeAsk` as JSON. `headers`: sealed, as they may hold secrets; null without any.
-- `failures`, `successes`: in a row. `opened`: since when it is down. `newest_event`: of that incident.
CREATE TABLE uptime (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    project INTEGER NOT NULL,
    name TEXT NOT NULL,
    environment TEXT NOT NULL,
    owner TEXT,
    enabled INTEGER NOT NULL,
    muted INTEGER NOT NULL,
    asks TEXT NOT NULL,
    headers BLOB,
    created INTEGER NOT NULL,
    next_at INTEGER,
    failures INTEGER NOT NULL DEFAULT 0,
    successes INTEGER NOT NULL DEFAULT 0,
    opened INTEGER,
    newest_event BLOB,
    last_at INTEGER,
    last_reason TEXT NOT NULL DEFAULT '',
    last_ok INTEGER,
    certificate_ends INTEGER
) STRICT;
CREATE INDEX uptime_by_organization ON uptime (organization, project);
CREATE INDEX uptime_due ON uptime (next_at) WHERE next_at IS NOT NULL;

-- `reason`: empty when all was well. `down`: whether it belongs to an incident.
CREATE TABLE uptime_checks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uptime INTEGER NOT NULL REFERENCES uptime ON DELETE CASCADE,
    due INTEGER NOT NULL,
    at INTEGER NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    status INTEGER,
    duration_micros INTEGER NOT NULL,
    down INTEGER NOT NULL,
    UNIQUE (uptime, due)
) STRICT;
