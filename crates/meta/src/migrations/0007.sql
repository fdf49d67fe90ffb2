-- What build tools upload: pieces of files, bundles of scripts and source maps, debug files.

CREATE TABLE artifact_blobs (
    blob BLOB PRIMARY KEY,
    size INTEGER NOT NULL,
    claimed INTEGER NOT NULL,
    leaving INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE chunks (
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    sha1 BLOB NOT NULL,
    blob BLOB NOT NULL,
    size INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    assembled INTEGER NOT NULL,
    PRIMARY KEY (organization, sha1)
) STRICT, WITHOUT ROWID;
CREATE INDEX chunks_blob ON chunks (blob);
CREATE INDEX chunks_expires ON chunks (expires);

CREATE TABLE bundles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    organization INTEGER NOT NULL REFERENCES organizations ON DELETE CASCADE,
    sha1 BLOB NOT NULL,
    blob BLOB NOT NULL,
    size INTEGER NOT NULL,
    name TEXT NOT NULL,
    files INTEGER NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (organization, sha1)
) STRICT;
CREATE INDEX bundles_blob ON bundles (blob);

CREATE TABLE bundle_places (
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    release TEXT NOT NULL,
    dist TEXT NOT NULL,
    bundle INTEGER NOT NULL REFERENCES bundles ON DELETE CASCADE,
    uploaded INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (project, release, dist, bundle)
) STRICT, WITHOUT ROWID;
CREATE INDEX bundle_places_bundle ON bundle_places (bundle, project);

CREATE TABLE bundle_files (
    id INTEGER PRIMARY KEY,
    bundle INTEGER NOT NULL REFERENCES bundles ON DELETE CASCADE,
    path TEXT NOT NULL,
    url TEXT,
    kind TEXT NOT NULL,
    debug_id TEXT,
    source_map TEXT,
    size INTEGER NOT NULL
) STRICT;
CREATE INDEX bundle_files_url ON bundle_files (bundle, url);
CREATE INDEX bundle_files_debug_id ON bundle_files (debug_id, kind, bundle)
    WHERE debug_id IS NOT NULL;

CREATE TABLE debug_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    sha1 BLOB NOT NULL,
    blob BLOB NOT NULL,
    size INTEGER NOT NULL,
    debug_id TEXT NOT NULL,
    code_id TEXT,
    format TEXT NOT NULL,
    name TEXT NOT NULL,
    cpu TEXT NOT NULL,
    data TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL,
    UNIQUE (project, sha1, debug_id)
) STRICT;
CREATE INDEX debug_files_debug_id ON debug_files (project, debug_id);
CREATE INDEX debug_files_code_id ON debug_files (project, code_id) WHERE code_id IS NOT NULL;
CREATE INDEX debug_files_blob ON debug_files (blob);

CREATE TABLE release_files (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    project INTEGER NOT NULL REFERENCES projects ON DELETE CASCADE,
    release TEXT NOT NULL,
    dist TEXT NOT NULL,
    name TEXT NOT NULL,
    headers TEXT NOT NULL,
    sha1 BLOB NOT NULL,
    blob BLOB NOT NULL,
    size INTEGER NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER NOT NULL,
    UNIQUE (project, release, dist, name)
) STRICT;
CREATE INDEX release_files_blob ON release_files (blob);
