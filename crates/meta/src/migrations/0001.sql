-- The first shape of the database. See docs/formats/meta.md for what each table is for.
-- Times are microseconds since 1970, hours are whole hours since 1970, ids are never reused.

CREATE TABLE state (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO state VALUES ('applied', 0), ('flushed', 0), ('next_part', 1);

CREATE TABLE parts (
    id INTEGER PRIMARY KEY,
    format INTEGER NOT NULL,
    level INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    timestamp_min INTEGER NOT NULL,
    timestamp_max INTEGER NOT NULL,
    received_min INTEGER NOT NULL,
    received_max INTEGER NOT NULL,
    projects TEXT NOT NULL
) STRICT;

-- People and rights --------------------------------------------------------------------------

CREATE TABLE organizations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    settings TEXT NOT NULL
) STRICT;

CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT,
    active INTEGER NOT NULL,
    created INTEGER NOT NULL,
    last_login INTEGER,
    flags TEXT NOT NULL
) STRICT;

CREATE TABLE login_failures (
    subject BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE members (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    role TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (organization, user)
) STRICT;
CREATE INDEX members_user ON members (user);

CREATE TABLE invites (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    inviter INTEGER REFERENCES users ON DELETE SET NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    UNIQUE (organization, email)
) STRICT;

CREATE TABLE tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user INTEGER REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE,
    tail TEXT NOT NULL,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER
) STRICT;
CREATE INDEX tokens_organization ON tokens (organization, id);

CREATE TABLE sessions (
    hash BLOB PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    csrf TEXT NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user);

CREATE TABLE teams (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (organization, slug)
) STRICT;

CREATE TABLE team_members (
    team INTEGER NOT NULL REFERENCES teams ON DELETE CASCADE,
    user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (team, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_members_user ON team_members (user);

-- Projects -----------------------------------------------------------------------------------

CREATE TABLE projects (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    color INTEGER NOT NULL,
    created INTEGER NOT NULL,
    first_event INTEGER,
    issue_counter INTEGER NOT NULL,
    settings TEXT NOT NULL,
    revision INTEGER NOT NULL,
    UNIQUE (organization, slug)
) STRICT;

CREATE TABLE team_projects (
    team INTEGER NOT NULL REFERENCES teams ON DELETE CASCADE,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    PRIMARY KEY (team, project)
) STRICT, WITHOUT ROWID;
CREATE INDEX team_projects_project ON team_projects (project);

CREATE TABLE keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    public TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL,
    label TEXT NOT NULL,
    active INTEGER NOT NULL,
    rate_window INTEGER NOT NULL,
    rate_count INTEGER NOT NULL,
    created INTEGER NOT NULL,
    last_used INTEGER
) STRICT;
CREATE INDEX keys_project ON keys (project);

CREATE TABLE releases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    version TEXT NOT NULL,
    created INTEGER NOT NULL,
    released INTEGER,
    UNIQUE (organization, version)
) STRICT;

CREATE TABLE release_projects (
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    release INTEGER NOT NULL REFERENCES releases ON DELETE CASCADE,
    first_seen INTEGER,
    last_seen INTEGER,
    events INTEGER NOT NULL,
    new_issues INTEGER NOT NULL,
    PRIMARY KEY (project, release)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_projects_release ON release_projects (release);

CREATE TABLE environments (
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    name TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    hidden INTEGER NOT NULL,
    PRIMARY KEY (project, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE saved_searches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    user INTEGER REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    sort TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_searches_organization ON saved_searches (organization, id);

-- Issues. Rows are narrow because every batch of events updates them; texts are apart. --------

CREATE TABLE issues (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    number INTEGER NOT NULL,
    status INTEGER NOT NULL,
    substatus INTEGER,
    status_changed INTEGER NOT NULL,
    status_details TEXT,
    priority INTEGER NOT NULL,
    priority_locked INTEGER,
    level INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    times_seen INTEGER NOT NULL,
    user_count INTEGER NOT NULL,
    unhandled INTEGER NOT NULL,
    platform TEXT NOT NULL,
    event_type TEXT NOT NULL,
    logger TEXT NOT NULL,
    first_release INTEGER,
    last_release INTEGER,
    assigned_user INTEGER REFERENCES users ON DELETE SET NULL,
    assigned_team INTEGER REFERENCES teams ON DELETE SET NULL,
    comments INTEGER NOT NULL,
    merged_into INTEGER,
    UNIQUE (project, number)
) STRICT;
-- One index per order of the list, with the columns most lists are filtered by behind the order, so
-- that a list walks one index from its end and stops when the page is full.
CREATE INDEX issues_by_last_seen ON issues
    (last_seen, id, status, project, priority, substatus, level) WHERE merged_into IS NULL;
CREATE INDEX issues_by_first_seen ON issues
    (first_seen, id, status, project, priority, substatus, level) WHERE merged_into IS NULL;
CREATE INDEX issues_by_times_seen ON issues
    (times_seen, id, status, project, priority, substatus, level) WHERE merged_into IS NULL;
CREATE INDEX issues_by_user_count ON issues
    (user_count, id, status, project, priority, substatus, level) WHERE merged_into IS NULL;
CREATE INDEX issues_by_priority ON issues
    ((priority << 52) + last_seen, id, status, project, priority, substatus, level) WHERE merged_into IS NULL;
CREATE INDEX issues_merged ON issues (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX issues_assigned_user ON issues (assigned_user) WHERE assigned_user IS NOT NULL;
CREATE INDEX issues_assigned_team ON issues (assigned_team) WHERE assigned_team IS NOT NULL;

CREATE TABLE issue_texts (
    issue INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    culprit TEXT NOT NULL,
    metadata TEXT NOT NULL
) STRICT;

-- What free text looks into, in lower case. Apart from the texts because it is read from end to end.
CREATE TABLE issue_search (
    issue INTEGER PRIMARY KEY,
    text TEXT NOT NULL
) STRICT;

-- `issue` is NULL when events with this hash are to be discarded. `origin` is the issue the hash's
-- events were stored under before a merge.
CREATE TABLE hashes (
    project INTEGER NOT NULL,
    hash BLOB NOT NULL,
    issue INTEGER,
    origin INTEGER,
    PRIMARY KEY (project, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX hashes_issue ON hashes (issue) WHERE issue IS NOT NULL;

CREATE TABLE issue_hours (
    issue INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (issue, hour)
) STRICT, WITHOUT ROWID;

-- `user` is the first 64 bits of the SHA-256 of the user's text.
CREATE TABLE issue_users (
    issue INTEGER NOT NULL,
    user INTEGER NOT NULL,
    first_hour INTEGER NOT NULL,
    last_hour INTEGER NOT NULL,
    PRIMARY KEY (issue, user)
) STRICT, WITHOUT ROWID;

CREATE TABLE activity (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    issue INTEGER NOT NULL,
    user INTEGER,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE INDEX activity_issue ON activity (issue, id);

-- What one person did to one issue; a column is NULL when they did not.
CREATE TABLE issue_marks (
    issue INTEGER NOT NULL,
    user INTEGER NOT NULL REFERENCES users ON DELETE CASCADE,
    bookmarked INTEGER,
    subscribed INTEGER,
    seen INTEGER,
    PRIMARY KEY (issue, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX issue_marks_user ON issue_marks (user);

-- Issues whose stored events must not be shown any more.
CREATE TABLE removed_issues (
    issue INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    removed INTEGER NOT NULL
) STRICT;

CREATE TABLE attachments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    event BLOB NOT NULL,
    name TEXT NOT NULL,
    content_type TEXT NOT NULL,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    blob BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT;
CREATE INDEX attachments_event ON attachments (project, event);
CREATE INDEX attachments_blob ON attachments (blob);
CREATE INDEX attachments_created ON attachments (created);

CREATE TABLE user_reports (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    event BLOB NOT NULL,
    issue INTEGER,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    comments TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (project, event)
) STRICT;
CREATE INDEX user_reports_issue ON user_reports (issue) WHERE issue IS NOT NULL;

-- `key` is 0 where it is not known.
CREATE TABLE outcomes (
    project INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    category INTEGER NOT NULL,
    fate INTEGER NOT NULL,
    reason TEXT NOT NULL,
    key INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (project, hour, category, fate, reason, key)
) STRICT, WITHOUT ROWID;
