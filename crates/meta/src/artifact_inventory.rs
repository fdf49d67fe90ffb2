//! What was uploaded for a project or a release, to say what there is instead of what is missing.

use model::id::ProjectId;
use rusqlite::params;

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{row, rows};

/// The newest bundles that are looked into: each may have 50,000 files.
const BUNDLES_MAX: usize = 3;

impl Meta {
    /// Whether a project has bundles or files of releases.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_script_artifacts(&self, project: ProjectId) -> Result<bool, MetaError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM bundle_places WHERE project = ?1)
                   OR EXISTS (SELECT 1 FROM release_files WHERE project = ?1)";
        self.read(|connection| {
            Ok(row(connection, sql, [project.0], |row| row.get(0))?.unwrap_or(false))
        })
    }

    /// Debug ids of maps in the newest bundles of a project, with their releases, which may be empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn newest_map_ids(
        &self,
        project: ProjectId,
        limit: usize,
    ) -> Result<Vec<(String, String)>, MetaError> {
        let sql = "WITH newest AS (SELECT bundle, release FROM bundle_places WHERE project = ?1
                       ORDER BY bundle DESC LIMIT ?2)
                   SELECT DISTINCT debug_id, release FROM newest
                   JOIN bundle_files ON bundle_files.bundle = newest.bundle
                   WHERE debug_id IS NOT NULL AND kind = 'source_map' LIMIT ?3";
        let values = params![project.0, BUNDLES_MAX, limit];
        self.read(|connection| rows(connection, sql, values, |row| Ok((row.get(0)?, row.get(1)?))))
    }

    /// Addresses of what was uploaded for a release and distribution.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uploaded_urls(
        &self,
        project: ProjectId,
        (release, dist): (&str, &str),
        limit: usize,
    ) -> Result<Vec<String>, MetaError> {
        let sql = "WITH newest AS (SELECT bundle FROM bundle_places
                       WHERE project = ?1 AND release = ?2 AND dist = ?3
                       ORDER BY bundle DESC LIMIT ?4)
                   SELECT url FROM newest JOIN bundle_files ON bundle_files.bundle = newest.bundle
                   WHERE url IS NOT NULL
                   UNION ALL
                   SELECT name FROM release_files WHERE project = ?1 AND release = ?2 AND dist = ?3
                   LIMIT ?5";
        let values = params![project.0, release, dist, BUNDLES_MAX, limit];
        self.read(|connection| rows(connection, sql, values, |row| row.get(0)))
    }

    /// Distributions of a release that anything was uploaded for; the empty text stands for none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn uploaded_dists(
        &self,
        project: ProjectId,
        release: &str,
        limit: usize,
    ) -> Result<Vec<String>, MetaError> {
        let sql = "SELECT dist FROM bundle_places WHERE project = ?1 AND release = ?2
                   UNION SELECT dist FROM release_files WHERE project = ?1 AND release = ?2 LIMIT ?3";
        let values = params![project.0, release, limit];
        self.read(|connection| rows(connection, sql, values, |row| row.get(0)))
    }
}
