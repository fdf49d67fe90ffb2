-- Rules about issues. Times are microseconds since 1970, UTC.

-- What a rule last reported of an issue: whoever ends it must give the same labels. Also what lapsed, as
-- pagers that were told of it wait for its end.
CREATE TABLE firing (
    issue INTEGER NOT NULL,
    rule INTEGER NOT NULL REFERENCES rules ON DELETE CASCADE,
    lapses INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    alert TEXT NOT NULL,
    about TEXT NOT NULL,
    PRIMARY KEY (issue, rule)
) STRICT, WITHOUT ROWID;
CREATE INDEX firing_by_end ON firing (lapses);

CREATE INDEX fired_by_time ON fired (at);

-- Rules of any kind that are quiet for everybody. `until`: `NULL` is for good. `by`: who asked.
CREATE TABLE snoozes (
    rule INTEGER PRIMARY KEY REFERENCES rules ON DELETE CASCADE,
    until INTEGER,
    by INTEGER,
    created INTEGER NOT NULL
) STRICT;

-- Projects that have got the rule that each new project gets, or were to have none.
CREATE TABLE begun_projects (project INTEGER PRIMARY KEY) STRICT;
