-- What rules about numbers know of each of their series. A minute is a number of minutes since 1970 and
-- stands for the minute that begins then.

-- `groups`: a JSON list of values, in the order of the rule's fields. `measures`: what was measured and
-- judged when the series began; a series ends when that changes. `state`: an `alert::MetricState`.
-- `standing`: a JSON list of the alerts that fire. `problem`: why nothing could be measured.
-- No reference to `rules`: the alerts of a rule that was deleted still have to end.
CREATE TABLE series (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    project INTEGER NOT NULL,
    groups TEXT NOT NULL,
    measures TEXT NOT NULL,
    state TEXT NOT NULL,
    standing TEXT NOT NULL,
    problem TEXT,
    incident INTEGER,
    UNIQUE (rule, project, groups)
) STRICT;

-- What was measured lately, for people. In order of time, so that a minute of all series is written side
-- by side and forgotten so.
CREATE TABLE samples (
    minute INTEGER NOT NULL,
    series INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (minute, series)
) STRICT, WITHOUT ROWID;

-- What went well of how many, by minute of the last days, where a rule looks for what is unusual.
CREATE TABLE shares (
    series INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    good INTEGER NOT NULL,
    total INTEGER NOT NULL,
    PRIMARY KEY (series, minute)
) STRICT, WITHOUT ROWID;
CREATE INDEX shares_by_minute ON shares (minute);

-- Sentry's incidents: a series that fires, from its beginning to its end. `identifier` counts within the
-- organisation. `severity`: what it is now, or was last. `activities`: a JSON list.
CREATE TABLE metric_incidents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    identifier INTEGER NOT NULL,
    rule INTEGER NOT NULL,
    title TEXT NOT NULL,
    project INTEGER NOT NULL,
    groups TEXT NOT NULL,
    severity TEXT NOT NULL,
    started INTEGER NOT NULL,
    detected INTEGER NOT NULL,
    closed INTEGER,
    activities TEXT NOT NULL,
    UNIQUE (organization, identifier)
) STRICT;
CREATE INDEX metric_incidents_by_rule ON metric_incidents (rule, closed);
