-- Releases know their commits and deploys, and projects where their code lies.

ALTER TABLE releases ADD COLUMN status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE releases ADD COLUMN url TEXT;
ALTER TABLE releases ADD COLUMN ref TEXT;
ALTER TABLE releases ADD COLUMN started INTEGER;

-- `hook_hash` finds the repository by the secret part of its webhook's address, `hook_pad` makes the
-- webhook's signing secret of that part: neither is known from this table alone.
CREATE TABLE repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    name TEXT NOT NULL COLLATE NOCASE,
    provider TEXT NOT NULL,
    url TEXT,
    created INTEGER NOT NULL,
    hook_hash BLOB UNIQUE,
    hook_pad BLOB,
    UNIQUE (organization, name)
) STRICT;

-- `files` counts all files a commit changed; `commit_files` has the first of them.
CREATE TABLE commits (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    hash TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    message TEXT NOT NULL,
    committed INTEGER NOT NULL,
    files INTEGER NOT NULL,
    UNIQUE (repository, hash)
) STRICT;

CREATE TABLE commit_files (
    "commit" INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE,
    path TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY ("commit", path)
) STRICT, WITHOUT ROWID;

-- `place` 0 is the newest commit of the release.
CREATE TABLE release_commits (
    release INTEGER NOT NULL REFERENCES releases ON DELETE CASCADE,
    place INTEGER NOT NULL,
    "commit" INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE,
    PRIMARY KEY (release, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_commits_commit ON release_commits ("commit");

-- Up to which commit of a repository a release goes. `ranged` is 1 when it was told by the ends of a range,
-- `previous` the other end if that was told.
CREATE TABLE release_heads (
    release INTEGER NOT NULL REFERENCES releases ON DELETE CASCADE,
    repository INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    hash TEXT NOT NULL,
    previous TEXT,
    ranged INTEGER NOT NULL,
    PRIMARY KEY (release, repository)
) STRICT, WITHOUT ROWID;
CREATE INDEX release_heads_hash ON release_heads (repository, hash);

-- What webhooks said was pushed to a branch, in that order.
CREATE TABLE pushed_commits (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    repository INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    branch TEXT NOT NULL,
    "commit" INTEGER NOT NULL REFERENCES commits ON DELETE CASCADE,
    UNIQUE (repository, branch, "commit")
) STRICT;
CREATE INDEX pushed_commits_commit ON pushed_commits ("commit");

CREATE TABLE pull_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    message TEXT NOT NULL,
    url TEXT NOT NULL,
    author_name TEXT NOT NULL,
    author_email TEXT NOT NULL,
    created INTEGER NOT NULL,
    merged INTEGER,
    closed INTEGER NOT NULL,
    merge_hash TEXT,
    UNIQUE (repository, number)
) STRICT;
CREATE INDEX pull_requests_merge ON pull_requests (repository, merge_hash) WHERE merge_hash IS NOT NULL;

CREATE TABLE deploys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    release INTEGER NOT NULL REFERENCES releases ON DELETE CASCADE,
    environment TEXT NOT NULL,
    name TEXT,
    url TEXT,
    started INTEGER,
    finished INTEGER NOT NULL
) STRICT;
CREATE INDEX deploys_release ON deploys (release, finished);

CREATE TABLE code_mappings (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    repository INTEGER NOT NULL REFERENCES repositories ON DELETE CASCADE,
    stack_root TEXT NOT NULL,
    source_root TEXT NOT NULL,
    branch TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (project, stack_root, source_root)
) STRICT;
