-- What became of sessions. Hours and days are numbers since 1970, UTC, of when a session began.

-- `applied`: up to where the lane of sessions was read. `newest`: when the newest record of it arrived, in
-- microseconds. `sessions`: rows of that table. `key`: what names of users are hashed with.
CREATE TABLE state (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;

-- A release in an environment of a project.
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    project INTEGER NOT NULL,
    release TEXT NOT NULL,
    environment TEXT NOT NULL,
    UNIQUE (project, release, environment)
) STRICT;

-- Sessions by how they went.
CREATE TABLE counts (
    series INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    healthy INTEGER NOT NULL,
    errored INTEGER NOT NULL,
    unhandled INTEGER NOT NULL,
    abnormal INTEGER NOT NULL,
    crashed INTEGER NOT NULL,
    PRIMARY KEY (series, hour)
) STRICT, WITHOUT ROWID;

-- What is known of each session that may still be updated: where it counts, and as what.
CREATE TABLE sessions (
    project INTEGER NOT NULL,
    session BLOB NOT NULL,
    series INTEGER NOT NULL,
    hour INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    health INTEGER NOT NULL,
    PRIMARY KEY (project, session)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_hour ON sessions (hour);

-- Users by keyed hash. The others are sets of hours of the day, a bit each: in which the user had a session
-- at all, one that went at least as bad as `errored`, and so on.
CREATE TABLE users (
    series INTEGER NOT NULL,
    day INTEGER NOT NULL,
    user INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    errored INTEGER NOT NULL,
    unhandled INTEGER NOT NULL,
    abnormal INTEGER NOT NULL,
    crashed INTEGER NOT NULL,
    anr INTEGER NOT NULL,
    anr_foreground INTEGER NOT NULL,
    PRIMARY KEY (series, day, user)
) STRICT, WITHOUT ROWID;

-- How many users a day has in `users`. Only those are there whose hash ends in `thinned` zero bits; each
-- stands for two to the power of that many.
CREATE TABLE user_days (
    series INTEGER NOT NULL,
    day INTEGER NOT NULL,
    users INTEGER NOT NULL,
    thinned INTEGER NOT NULL,
    PRIMARY KEY (series, day)
) STRICT, WITHOUT ROWID;
