-- Profiles: what each is of, and where its bytes lie. See docs/formats/profiles.md.

CREATE TABLE profiles (
    project INTEGER NOT NULL,
    id BLOB NOT NULL,
    profiler BLOB,
    event BLOB,
    trace BLOB,
    span BLOB,
    name TEXT NOT NULL,
    platform TEXT NOT NULL,
    release TEXT NOT NULL,
    environment TEXT NOT NULL,
    start INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    received INTEGER NOT NULL,
    samples INTEGER NOT NULL,
    threads INTEGER NOT NULL,
    measures INTEGER NOT NULL,
    day INTEGER NOT NULL,
    pack INTEGER NOT NULL,
    place INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (project, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX profiles_start ON profiles (project, start);
CREATE INDEX profiles_name ON profiles (project, name, start);
CREATE INDEX profiles_profiler ON profiles (project, profiler, start) WHERE profiler IS NOT NULL;
CREATE INDEX profiles_trace ON profiles (trace) WHERE trace IS NOT NULL;
CREATE INDEX profiles_received ON profiles (project, received);
