-- What signs the webhooks of feature flags, what they told, and how issues changed their state.

CREATE TABLE flag_secrets (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    provider TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created INTEGER NOT NULL,
    creator INTEGER REFERENCES users ON DELETE SET NULL,
    UNIQUE (organization, provider)
) STRICT;

-- `identity` is the SHA-256 of what tells one change from all others.
CREATE TABLE flag_changes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    identity BLOB NOT NULL,
    provider TEXT NOT NULL,
    flag TEXT NOT NULL,
    action TEXT NOT NULL,
    at INTEGER NOT NULL,
    author TEXT,
    author_kind TEXT,
    tags TEXT NOT NULL,
    UNIQUE (organization, identity)
) STRICT;
CREATE INDEX flag_changes_by_time ON flag_changes (organization, at);
CREATE INDEX flag_changes_by_flag ON flag_changes (organization, flag, at);

-- Ids have no gaps, so that a reader sees what it missed.
CREATE TABLE transitions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    issue INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    from_status INTEGER,
    from_substatus INTEGER,
    to_status INTEGER NOT NULL,
    to_substatus INTEGER,
    actor INTEGER,
    event BLOB,
    release TEXT NOT NULL
) STRICT;

-- `offered` is the last transition that a reader was given. It is on disk before that.
CREATE TABLE transition_readers (
    name TEXT PRIMARY KEY,
    read_to INTEGER NOT NULL,
    offered INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Of open issues only few are fresh at any time, and only they grow old.
CREATE INDEX issues_fresh ON issues (status_changed)
    WHERE status = 0 AND substatus IN (2, 6, 7) AND merged_into IS NULL;
