//! Which uploaded file describes the code of an event: by debug id, else by release, distribution and
//! URL.
//!
//! Source: the order of Symbolicator's lookups: debug ids first and without a release, then bundles of
//! the release, then single files of the release; within each the newest upload first.

use model::id::ProjectId;
use rusqlite::{Row, params};

use crate::artifact::StoredArtifact;
use crate::bundle::{NewBundleFile, read_file};
use crate::clock_time::{DAY, before};
use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::page::{execute, row, rows};
use crate::release_file::{self, ReleaseFile};

/// How stale the moment of the last use may be, so that a busy bundle is not a write per event.
const USED_MICROS: u64 = DAY;

/// A file of a bundle that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Its bundle's id.
    pub bundle: u64,
    /// Its bundle's bytes.
    pub artifact: StoredArtifact,
    /// What it is.
    pub file: NewBundleFile,
}

/// What was used, and so lives longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewable {
    /// A bundle.
    Bundle(u64),
    /// A debug file.
    DebugFile(u64),
    /// A file of a release.
    ReleaseFile(u64),
}

const COLUMNS: &str = "SELECT bundles.id, bundles.blob, bundles.size, bundle_files.path, url, kind,
    debug_id, source_map, bundle_files.size";

impl Meta {
    /// The file with that debug id and of that kind, from the newest bundle of the project that has one.
    /// The id in canonical form: lower case, with dashes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle_file_by_debug_id(
        &self,
        project: ProjectId,
        debug_id: &str,
        kind: &str,
    ) -> Result<Option<FoundFile>, MetaError> {
        // Walks the index of debug ids backwards and stops at the first bundle the project has.
        let sql = format!(
            "{COLUMNS} FROM bundle_files JOIN bundles ON bundles.id = bundle
             WHERE debug_id = ?2 AND kind = ?3 AND EXISTS (SELECT 1 FROM bundle_places
                WHERE bundle_places.bundle = bundle_files.bundle AND project = ?1)
             ORDER BY bundle DESC LIMIT 1"
        );
        self.read(|connection| row(connection, &sql, params![project.0, debug_id, kind], read))
    }

    /// The file with the first of these URLs, from the newest bundle of the release and distribution
    /// that has any of them. Empty texts stand for no release and no distribution.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle_file_by_url(
        &self,
        project: ProjectId,
        (release, dist): (&str, &str),
        urls: &[String],
    ) -> Result<Option<FoundFile>, MetaError> {
        let sql = format!(
            "{COLUMNS} FROM bundle_places CROSS JOIN json_each(?4) AS wanted
             CROSS JOIN bundle_files ON bundle_files.bundle = bundle_places.bundle
                AND bundle_files.url = wanted.value
             JOIN bundles ON bundles.id = bundle_places.bundle
             WHERE project = ?1 AND release = ?2 AND dist = ?3
             ORDER BY uploaded DESC, bundles.id DESC, wanted.key LIMIT 1"
        );
        let urls = to_json("list of urls", &urls)?;
        let values = params![project.0, release, dist, urls];
        self.read(|connection| row(connection, &sql, values, read))
    }

    /// The file of one bundle of the project with the first of these URLs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn bundle_file_within(
        &self,
        project: ProjectId,
        bundle: u64,
        urls: &[String],
    ) -> Result<Option<FoundFile>, MetaError> {
        let sql = format!(
            "{COLUMNS} FROM json_each(?3) AS wanted
             CROSS JOIN bundle_files ON bundle_files.bundle = ?2 AND bundle_files.url = wanted.value
             JOIN bundles ON bundles.id = ?2
             WHERE EXISTS (SELECT 1 FROM bundle_places
                WHERE bundle_places.bundle = ?2 AND project = ?1)
             ORDER BY wanted.key LIMIT 1"
        );
        let urls = to_json("list of urls", &urls)?;
        let values = params![project.0, bundle, urls];
        self.read(|connection| row(connection, &sql, values, read))
    }

    /// The single file of a release and distribution with the first of these URLs that there is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_file_by_url(
        &self,
        project: ProjectId,
        (release, dist): (&str, &str),
        urls: &[String],
    ) -> Result<Option<ReleaseFile>, MetaError> {
        let sql = format!(
            "{} WHERE project = ? AND release = ? AND dist = ? AND name = ?",
            release_file::COLUMNS
        );
        self.read(|connection| {
            for url in urls {
                let values = params![project.0, release, dist, url];
                let found = row(connection, &sql, values, release_file::read)?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Ok(None)
        })
    }

    /// Debug ids of a kind that a release has uploaded, to say what there is instead of what is missing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn debug_ids_of_release(
        &self,
        project: ProjectId,
        release: &str,
        limit: usize,
    ) -> Result<Vec<String>, MetaError> {
        let sql = "SELECT DISTINCT debug_id FROM bundle_places
                   JOIN bundle_files ON bundle_files.bundle = bundle_places.bundle
                   WHERE project = ? AND release = ? AND debug_id IS NOT NULL LIMIT ?";
        let values = params![project.0, release, limit];
        self.read(|connection| rows(connection, sql, values, |row| row.get(0)))
    }

    /// Notes that something made a stack of the project readable, so that it stays for another
    /// retention time. Cheap: it writes once a day.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn renew_artifact(&self, project: ProjectId, used: Renewable) -> Result<(), MetaError> {
        let (column, table, id) = match used {
            Renewable::Bundle(id) => ("bundle", "bundle_places", id),
            Renewable::DebugFile(id) => ("id", "debug_files", id),
            Renewable::ReleaseFile(id) => ("id", "release_files", id),
        };
        let now = self.now();
        let stale = before(now, USED_MICROS).0;
        let which = format!("project = ? AND {column} = ? AND used < ?");
        let sql = format!("SELECT 1 FROM {table} WHERE {which} LIMIT 1");
        let values = [project.0, id, stale];
        if self.read(|connection| row(connection, &sql, values, |_| Ok(())))?.is_none() {
            return Ok(());
        }
        let sql = format!("UPDATE {table} SET used = ? WHERE {which}");
        let values = [now.0, project.0, id, stale];
        self.write(|transaction| execute(transaction, &sql, values).map(drop))
    }
}

fn read(row: &Row<'_>) -> Result<FoundFile, rusqlite::Error> {
    Ok(FoundFile {
        bundle: row.get(0)?,
        artifact: StoredArtifact { blob: row.get(1)?, size: row.get(2)? },
        file: read_file(row, 3)?,
    })
}
