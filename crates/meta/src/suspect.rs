//! What commits changed around the release that an issue began in.

use model::id::ProjectId;
use rusqlite::params;

use crate::commit::{self, Commit};
use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::limits;
use crate::page::{row, rows};

/// Releases that are looked through for such that have commits.
const RELEASES_LOOKED_AT: usize = 50;

/// That a commit of a release changed a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The commit.
    pub commit: Commit,
    /// The file's path in the repository.
    pub path: String,
    /// How many releases with commits before the one that was asked about; 0 is that one.
    pub releases_back: usize,
    /// How manieth of its release; 0 is the newest.
    pub place: usize,
}

impl Meta {
    /// Changes of files of these names, without folders, by the commits of a release of a project and of
    /// those before it; newest first. Files that were deleted are left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn changes_until(
        &self,
        project: ProjectId,
        version: &str,
        names: &[&str],
    ) -> Result<Vec<Change>, MetaError> {
        let names = to_json("list of names", &names)?;
        let releases = "SELECT releases.id FROM release_projects
                        JOIN releases ON releases.id = release_projects.release
                        JOIN releases AS until ON until.organization = releases.organization
                            AND until.version = ?2
                        WHERE project = ?1 AND (coalesce(releases.released, releases.created), releases.id)
                            <= (coalesce(until.released, until.created), until.id)
                        ORDER BY coalesce(releases.released, releases.created) DESC, releases.id DESC
                        LIMIT ?3";
        let has_commits = "SELECT 1 FROM release_commits WHERE release = ? LIMIT 1";
        // The name is what follows the last slash: the path ends in it, and a slash is before it. Tables
        // are named because what `json_each` makes has a column `path`, too.
        let changes =
            "SELECT commits.id, repository, hash, author_name, author_email, message, committed,
                       files, path, place FROM release_commits
                       JOIN commits ON commits.id = release_commits.\"commit\"
                       JOIN commit_files ON commit_files.\"commit\" = commits.id AND kind <> 'D'
                       WHERE release = ?1 AND EXISTS (SELECT 1 FROM json_each(?2)
                           WHERE commit_files.path = value OR substr(commit_files.path, -length(value) - 1) = '/' || value)
                       ORDER BY place LIMIT ?3";
        self.read(|connection| {
            let values = params![project.0, version, RELEASES_LOOKED_AT];
            let ids: Vec<u64> = rows(connection, releases, values, |row| row.get(0))?;
            let mut found: Vec<Change> = Vec::new();
            let mut releases_back = 0;
            for release in ids {
                let any: Option<u64> = row(connection, has_commits, [release], |row| row.get(0))?;
                if any.is_none() {
                    continue;
                }
                let left = limits::SUSPECT_CHANGES_MAX.saturating_sub(found.len());
                let values = params![release, names, left];
                found.extend(rows(connection, changes, values, |row| {
                    let commit = commit::read(row)?;
                    Ok(Change { commit, path: row.get(8)?, releases_back, place: row.get(9)? })
                })?);
                releases_back += 1;
                if releases_back == limits::SUSPECT_RELEASES_MAX || left == 0 {
                    break;
                }
            }
            Ok(found)
        })
    }

    /// Up to which commit of each repository, by its id, a release goes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_heads(&self, release: u64) -> Result<Vec<(u64, String)>, MetaError> {
        let sql =
            "SELECT repository, hash FROM release_heads WHERE release = ? ORDER BY repository";
        self.read(|connection| {
            rows(connection, sql, [release], |row| Ok((row.get(0)?, row.get(1)?)))
        })
    }
}
