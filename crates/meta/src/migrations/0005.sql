-- Which parts of a project's addresses vary: names of transactions have a star there.

CREATE TABLE routes (
    project INTEGER NOT NULL,
    pattern TEXT NOT NULL,
    learned INTEGER NOT NULL,
    PRIMARY KEY (project, pattern)
) STRICT, WITHOUT ROWID;
