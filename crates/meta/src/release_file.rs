//! Files of a release that were uploaded one by one, as sentry-cli 2 and older tools do.

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::{Row, ToSql, params};

use crate::artifact::{StoredArtifact, check_claim};
use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{Listed, Page, execute, execute_one, listed, row};

/// A file of a release as it is uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReleaseFile {
    /// Whose it is.
    pub project: ProjectId,
    /// The release.
    pub release: String,
    /// The distribution; empty for none.
    pub dist: String,
    /// Where browsers find it: `~/static/app.min.js`.
    pub name: String,
    /// What came with it, as a JSON object: `{"Sourcemap": "app.min.js.map"}`.
    pub headers: String,
    /// SHA-1 of its content.
    pub sha1: [u8; 20],
    /// Its bytes, claimed and placed.
    pub artifact: StoredArtifact,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseFile {
    /// Its id.
    pub id: u64,
    /// What was uploaded.
    pub file: NewReleaseFile,
    /// When it was uploaded.
    pub created: Micros,
}

pub(crate) const COLUMNS: &str = "SELECT id, project, release, dist, name, headers, sha1, blob, size, created FROM release_files";

impl Meta {
    /// Stores a file, in the place of one with the same name in the same release and distribution.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when the claim on its bytes has ended, or there is no such project.
    pub fn add_release_file(&self, new: &NewReleaseFile) -> Result<ReleaseFile, MetaError> {
        let now = self.now();
        let added = self.write(|transaction| {
            check_claim(transaction, new.artifact.blob)?;
            let StoredArtifact { blob, size } = new.artifact;
            let named = params![new.project.0, new.release, new.dist, new.name];
            let sql = "DELETE FROM release_files
                       WHERE project = ? AND release = ? AND dist = ? AND name = ?";
            execute(transaction, sql, named)?;
            let sql =
                "INSERT INTO release_files (project, release, dist, name, headers, sha1, blob,
                       size, created, used)
                       SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9 FROM projects WHERE id = ?1";
            let values = params![
                new.project.0,
                new.release,
                new.dist,
                new.name,
                new.headers,
                new.sha1,
                blob,
                size,
                now.0
            ];
            execute_one(transaction, "project", sql, values)?;
            let id = transaction.last_insert_rowid().unsigned_abs();
            Ok(ReleaseFile { id, file: new.clone(), created: now })
        })?;
        self.generations().advance([new.project]);
        Ok(added)
    }

    /// The files of a release whose name has `contains` in it, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_files(
        &self,
        project: ProjectId,
        release: &str,
        contains: &str,
        page: Page,
    ) -> Result<Listed<ReleaseFile>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE project = :project AND release = :release
             AND instr(lower(name), :contains)
             ORDER BY name, dist LIMIT :limit OFFSET :offset"
        );
        let contains = contains.to_lowercase();
        let parameters: [(&str, &dyn ToSql); 3] =
            [(":project", &project.0), (":release", &release), (":contains", &contains)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// A file of a release by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_file(
        &self,
        project: ProjectId,
        release: &str,
        id: u64,
    ) -> Result<Option<ReleaseFile>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND release = ? AND id = ?");
        self.read(|connection| row(connection, &sql, params![project.0, release, id], read))
    }

    /// A file of any release of a project by its id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_file_by_id(
        &self,
        project: ProjectId,
        id: u64,
    ) -> Result<Option<ReleaseFile>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND id = ?");
        self.read(|connection| row(connection, &sql, [project.0, id], read))
    }

    /// Deletes a file of a release.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such file.
    pub fn delete_release_file(
        &self,
        project: ProjectId,
        release: &str,
        id: u64,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM release_files WHERE project = ? AND release = ? AND id = ?";
            execute_one(transaction, "release file", sql, params![project.0, release, id])
        })?;
        self.generations().advance([project]);
        Ok(())
    }

    /// Deletes those that nobody uploaded or read since then.
    pub(crate) fn forget_release_files(
        &self,
        project: ProjectId,
        since: Micros,
    ) -> Result<usize, MetaError> {
        let forgotten = self.write(|transaction| {
            let sql = "DELETE FROM release_files WHERE project = ? AND used < ?";
            execute(transaction, sql, [project.0, since.0])
        })?;
        self.generations().advance([project]);
        Ok(forgotten)
    }
}

pub(crate) fn read(row: &Row<'_>) -> Result<ReleaseFile, rusqlite::Error> {
    Ok(ReleaseFile {
        id: row.get(0)?,
        file: NewReleaseFile {
            project: ProjectId(row.get(1)?),
            release: row.get(2)?,
            dist: row.get(3)?,
            name: row.get(4)?,
            headers: row.get(5)?,
            sha1: row.get(6)?,
            artifact: StoredArtifact { blob: row.get(7)?, size: row.get(8)? },
        },
        created: Micros(row.get(9)?),
    })
}
