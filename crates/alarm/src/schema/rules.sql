-- Rules of every kind, and what they report. Times are microseconds since 1970, UTC.

-- Places that evaluators have come to, by name: `transitions` is the last transition of `meta` that was
-- worked up, `check_ins` an offset of the intake log; `rules` counts changes of rules.
CREATE TABLE places (name TEXT PRIMARY KEY, place INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- `kind`: `issue`, `metric`. `definition`: as the API takes it. `symptom`: whether it opens incidents.
-- `causes`: a list of numbers of rules. `origin`: empty, or the file that provisioned it.
CREATE TABLE rules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    project INTEGER,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    owner TEXT,
    symptom INTEGER NOT NULL,
    causes TEXT NOT NULL,
    origin TEXT NOT NULL,
    created INTEGER NOT NULL,
    created_by INTEGER,
    changed INTEGER NOT NULL,
    triggered INTEGER
) STRICT;
CREATE INDEX rules_by_organization ON rules (organization, kind, project);

-- When a rule about issues last fired for an issue.
CREATE TABLE fired (
    rule INTEGER NOT NULL REFERENCES rules ON DELETE CASCADE,
    issue INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (rule, issue)
) STRICT, WITHOUT ROWID;

-- What rules and others reported and the dispatcher has not yet taken. `alert`: an `alert::Alert`.
-- `about`: what a message about it needs to know and no label says, such as the issue and the event.
CREATE TABLE reported (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL,
    alert TEXT NOT NULL,
    about TEXT NOT NULL
) STRICT;
