-- In which environments a release was seen, to the hour.
CREATE TABLE release_environments (
    release INTEGER NOT NULL REFERENCES releases ON DELETE CASCADE,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    environment TEXT NOT NULL,
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (release, project, environment)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_environments_project ON release_environments (project);
