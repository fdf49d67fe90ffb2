-- Monitors of cron jobs, and their check-ins. Times are microseconds since 1970, UTC.

-- `config`: as the API shows it. `upserting`: whether code says what it is, rather than people.
CREATE TABLE monitors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    guid BLOB NOT NULL UNIQUE,
    organization INTEGER NOT NULL,
    project INTEGER NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    config TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    muted INTEGER NOT NULL,
    owner TEXT,
    upserting INTEGER NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (project, slug)
) STRICT;
CREATE INDEX monitors_by_organization ON monitors (organization, slug);

-- What `schedule::State` knows of a monitor in an environment. `minute` and `count`: how many check-ins
-- came in that minute. `key`: with which client key the newest came. `incident_event`: the newest
-- event that the open incident made; null when there is none, or it was muted.
CREATE TABLE monitor_environments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    monitor INTEGER NOT NULL REFERENCES monitors ON DELETE CASCADE,
    name TEXT NOT NULL,
    muted INTEGER NOT NULL,
    created INTEGER NOT NULL,
    next_expected INTEGER,
    next_latest INTEGER,
    last_status INTEGER,
    last_at INTEGER,
    last_ok INTEGER,
    last_ended INTEGER,
    errors INTEGER NOT NULL DEFAULT 0,
    missed INTEGER NOT NULL DEFAULT 0,
    timeouts INTEGER NOT NULL DEFAULT 0,
    successes INTEGER NOT NULL DEFAULT 0,
    opened INTEGER,
    incident_event BLOB,
    minute INTEGER NOT NULL DEFAULT 0,
    count INTEGER NOT NULL DEFAULT 0,
    key INTEGER NOT NULL DEFAULT 0,
    UNIQUE (monitor, name)
) STRICT;
CREATE INDEX monitor_environments_overdue ON monitor_environments (next_latest)
    WHERE next_latest IS NOT NULL;

-- `added`: when we first heard of the run. `event`: the error event it made.
CREATE TABLE check_ins (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL,
    environment INTEGER NOT NULL REFERENCES monitor_environments ON DELETE CASCADE,
    guid BLOB NOT NULL,
    status INTEGER NOT NULL,
    started INTEGER NOT NULL,
    added INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    expected INTEGER,
    duration_millis INTEGER,
    timeout_at INTEGER,
    in_progress_at INTEGER,
    trace BLOB,
    event BLOB,
    UNIQUE (project, guid)
) STRICT;
CREATE INDEX check_ins_by_time ON check_ins (environment, started, status);
CREATE INDEX check_ins_running ON check_ins (environment, started) WHERE timeout_at IS NOT NULL;
CREATE INDEX check_ins_overdue ON check_ins (timeout_at) WHERE timeout_at IS NOT NULL;

-- Check-ins that were not taken, for people to see why. `monitor` is null when there is none of that slug.
CREATE TABLE check_in_problems (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    project INTEGER NOT NULL,
    slug TEXT NOT NULL,
    environment TEXT NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX check_in_problems_by_slug ON check_in_problems (project, slug);

-- What became of stretches of the lane of check-ins that `meta` may not know yet: lines of its accounts and
-- environments that were seen, as JSON. Forgotten when `meta` has them on disk.
CREATE TABLE check_in_accounts (
    end INTEGER PRIMARY KEY,
    start INTEGER NOT NULL,
    account TEXT NOT NULL
) STRICT;

-- Times during which we heard nobody, so that silence means nothing.
CREATE TABLE outages (start INTEGER PRIMARY KEY, end INTEGER NOT NULL) STRICT;

-- What issues are to learn, in order: `event` is an error event as JSON; null means that the issue of
-- `newest_event` is to be resolved. `subject`: what it is about, such as `monitor:7`.
CREATE TABLE occurrences (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    project INTEGER NOT NULL,
    key INTEGER NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    newest_event BLOB NOT NULL,
    event TEXT
) STRICT;
