//! Which commits a release has: told one by one, or as the ends of a range of what was pushed.

use model::clock::Micros;
use model::id::OrganizationId;
use rusqlite::{Connection, params};

use crate::commit::{self, Commit, NewCommit};
use crate::database::Meta;
use crate::deploy::{self, Deploy};
use crate::error::{MetaError, to_json};
use crate::fix;
use crate::limits;
use crate::page::{execute, row, rows};
use crate::release::{self, Release};
use crate::repository;

/// Releases that one push puts right.
const CAUGHT_UP_MAX: usize = 100;
/// Authors that a release is shown with.
const AUTHORS_MAX: usize = 100;

/// A commit of a release, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseCommit {
    /// The repository's name; one that is not known is made known.
    pub repository: String,
    /// The commit.
    pub commit: NewCommit,
}

/// Up to which commit of a repository a release goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The repository's name.
    pub repository: String,
    /// The newest commit.
    pub commit: String,
    /// The newest commit of the release before; looked up when nothing is said.
    pub previous: Option<String>,
}

/// Somebody who wrote commits.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Author {
    /// Their name; may be empty.
    pub name: String,
    /// Their address; may be empty.
    pub email: String,
}

/// What went into a release, and where it went.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseContents {
    /// How many commits it has.
    pub commits: u64,
    /// The newest of them.
    pub last_commit: Option<Commit>,
    /// Who wrote them.
    pub authors: Vec<Author>,
    /// How many deploys it has.
    pub deploys: u64,
    /// The last of them.
    pub last_deploy: Option<Deploy>,
}

/// What a change of a release's commits needs of the release.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) organization: OrganizationId,
    pub(crate) release: u64,
    pub(crate) version: String,
    pub(crate) now: Micros,
}

/// The ends of a range of commits of a repository.
#[derive(Debug)]
struct Ends {
    repository: u64,
    hash: String,
    previous: Option<String>,
}

/// A stored commit that is to be put into a release.
#[derive(Debug, Clone, Copy)]
struct Stored {
    id: u64,
    repository: u64,
    committed: u64,
}

impl Meta {
    /// Gives a release these commits and no others. Issues that their messages name as fixed are
    /// resolved in the release.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for too many commits, or one that is none; [`MetaError::Missing`] when
    /// there is no such release.
    pub fn set_commits(
        &self,
        organization: OrganizationId,
        version: &str,
        commits: &[ReleaseCommit],
    ) -> Result<(), MetaError> {
        if commits.len() > limits::RELEASE_COMMITS_MAX {
            let max = limits::RELEASE_COMMITS_MAX;
            return Err(MetaError::invalid("commits", format!("a release has at most {max}")));
        }
        let now = self.now();
        self.write(|transaction| {
            let subject = subject(transaction, organization, version, now)?;
            let mut stored = Vec::with_capacity(commits.len());
            for new in commits {
                let (owner, name) = (organization, new.repository.as_str());
                let repository = repository::find_or_create(transaction, owner, name, now)?.id;
                let id = commit::store(transaction, repository, &new.commit, now)?;
                let committed = new.commit.committed.unwrap_or(now).0;
                stored.push(Stored { id, repository, committed });
            }
            replace(transaction, &subject, stored)
        })
    }

    /// Gives a release the commits between these ends, as far as webhooks told of them; at least the
    /// newest one. No ends take all commits away.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] for repositories that are not known; [`MetaError::Missing`] when there is
    /// no such release.
    pub fn set_heads(
        &self,
        organization: OrganizationId,
        version: &str,
        heads: &[Head],
    ) -> Result<(), MetaError> {
        if heads.len() > limits::CODE_MAPPINGS_MAX {
            return Err(MetaError::invalid("refs", "too many repositories"));
        }
        let now = self.now();
        self.write(|transaction| {
            let subject = subject(transaction, organization, version, now)?;
            let mut ends = Vec::with_capacity(heads.len());
            for head in heads {
                commit::check_hash("refs", &head.commit)?;
                let found = repository::by_name(transaction, organization, &head.repository)?;
                let unknown = || format!("Invalid repository names: {}", head.repository);
                let repository = found.ok_or_else(|| MetaError::invalid("refs", unknown()))?.id;
                let (hash, previous) = (head.commit.clone(), head.previous.clone());
                ends.push(Ends { repository, hash, previous });
            }
            replace_by_ranges(transaction, &subject, &ends)
        })
    }

    /// The newest release before this one that has commits and shares a project with it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn previous_release_with_commits(
        &self,
        release: &Release,
    ) -> Result<Option<Release>, MetaError> {
        let sql =
            "SELECT version FROM releases WHERE organization = ?1 AND (created, id) < (?2, ?3)
                   AND EXISTS (SELECT 1 FROM release_commits WHERE release = releases.id)
                   AND EXISTS (SELECT 1 FROM release_projects WHERE release = releases.id
                       AND project IN (SELECT project FROM release_projects WHERE release = ?3))
                   ORDER BY created DESC, id DESC LIMIT 1";
        let values = params![release.organization.0, release.created.0, release.id];
        let version: Option<String> =
            self.read(|connection| row(connection, sql, values, |row| row.get(0)))?;
        match version {
            Some(version) => self.release(release.organization, &version),
            None => Ok(None),
        }
    }

    /// What went into a release, and where it went.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_contents(&self, release: u64) -> Result<ReleaseContents, MetaError> {
        self.read(|connection| {
            let count = "SELECT count(*) FROM release_commits WHERE release = ?";
            let commits = row(connection, count, [release], |row| row.get(0))?.unwrap_or(0);
            let (deploys, last_deploy) = deploy::last(connection, release)?;
            let mut contents =
                ReleaseContents { commits, deploys, last_deploy, ..ReleaseContents::default() };
            if commits > 0 {
                let last = format!(
                    "{} JOIN release_commits ON \"commit\" = commits.id
                     WHERE release = ? ORDER BY place LIMIT 1",
                    commit::COLUMNS
                );
                contents.last_commit = row(connection, &last, [release], commit::read)?;
                contents.authors = authors(connection, release)?;
            }
            Ok(contents)
        })
    }
}

fn authors(connection: &Connection, release: u64) -> Result<Vec<Author>, MetaError> {
    let sql = "SELECT max(author_name), author_email FROM release_commits
               JOIN commits ON commits.id = \"commit\"
               WHERE release = ? AND (author_name <> '' OR author_email <> '')
               GROUP BY author_email, iif(author_email = '', author_name, '')
               ORDER BY min(place) LIMIT ?";
    rows(connection, sql, params![release, AUTHORS_MAX], |row| {
        Ok(Author { name: row.get(0)?, email: row.get(1)? })
    })
}

fn subject(
    connection: &Connection,
    organization: OrganizationId,
    version: &str,
    now: Micros,
) -> Result<Subject, MetaError> {
    let release = release::id_of(connection, organization, version)?;
    let release = release.ok_or(MetaError::Missing("release"))?;
    Ok(Subject { organization, release, version: version.to_owned(), now })
}

/// Puts these commits into the release in place of those it has.
fn replace(
    connection: &Connection,
    subject: &Subject,
    mut stored: Vec<Stored>,
) -> Result<(), MetaError> {
    // Stable: of commits of one moment, which rebasing makes, the order they were told in stays.
    stored.sort_by_key(|commit| std::cmp::Reverse(commit.committed));
    let release = subject.release;
    let known = "SELECT \"commit\" FROM release_commits WHERE release = ?";
    let known: Vec<u64> = rows(connection, known, [release], |row| row.get(0))?;
    execute(connection, "DELETE FROM release_commits WHERE release = ?", [release])?;
    execute(connection, "DELETE FROM release_heads WHERE release = ?", [release])?;
    let mut seen = std::collections::HashSet::new();
    stored.retain(|commit| seen.insert(commit.id));
    stored.truncate(limits::RELEASE_COMMITS_MAX);
    let insert = "INSERT INTO release_commits (release, place, \"commit\") VALUES (?, ?, ?)";
    let head = "INSERT OR IGNORE INTO release_heads (release, repository, hash, ranged)
                SELECT ?, repository, hash, 0 FROM commits WHERE id = ?";
    let mut headed = std::collections::HashSet::new();
    for (place, commit) in stored.iter().enumerate() {
        execute(connection, insert, params![release, place, commit.id])?;
        if headed.insert(commit.repository) {
            execute(connection, head, [release, commit.id])?;
        }
    }
    let known: std::collections::HashSet<u64> = known.into_iter().collect();
    for commit in stored.iter().filter(|commit| !known.contains(&commit.id)) {
        fix::resolve(connection, subject, commit.id)?;
    }
    Ok(())
}

fn replace_by_ranges(
    connection: &Connection,
    subject: &Subject,
    ends: &[Ends],
) -> Result<(), MetaError> {
    let mut stored = Vec::new();
    for ends in ends {
        stored.extend(range(connection, subject, ends)?);
    }
    replace(connection, subject, stored)?;
    let sql = "INSERT INTO release_heads (release, repository, hash, previous, ranged)
               VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET
               hash = excluded.hash, previous = excluded.previous, ranged = 1";
    for ends in ends {
        let values = params![subject.release, ends.repository, ends.hash, ends.previous];
        execute(connection, sql, values)?;
    }
    Ok(())
}

/// Puts right what releases have that knew only the newest of these commits, which were pushed just now:
/// a build may be quicker than the webhook. What the commits say they fix is resolved.
pub(crate) fn catch_up(
    connection: &Connection,
    repository: u64,
    commits: &[u64],
    now: Micros,
) -> Result<(), MetaError> {
    let commits = to_json("list of ids", &commits)?;
    let ranged = "SELECT DISTINCT release FROM release_heads WHERE ranged AND repository = ?1
                  AND hash IN (SELECT hash FROM commits WHERE id IN (SELECT value FROM json_each(?2)))
                  LIMIT ?3";
    let values = params![repository, commits, CAUGHT_UP_MAX];
    for release in rows(connection, ranged, values, |row| row.get::<_, u64>(0))? {
        let sql =
            "SELECT repository, hash, previous FROM release_heads WHERE release = ? AND ranged";
        let ends = rows(connection, sql, [release], |row| {
            Ok(Ends { repository: row.get(0)?, hash: row.get(1)?, previous: row.get(2)? })
        })?;
        if let Some(subject) = subject_of(connection, release, now)? {
            replace_by_ranges(connection, &subject, &ends)?;
        }
    }
    let told = "SELECT release, \"commit\" FROM release_commits
                WHERE \"commit\" IN (SELECT value FROM json_each(?1)) LIMIT ?2";
    let values = params![commits, limits::RELEASE_COMMITS_MAX];
    for (release, commit) in rows(connection, told, values, |row| Ok((row.get(0)?, row.get(1)?)))? {
        if let Some(subject) = subject_of(connection, release, now)? {
            fix::resolve(connection, &subject, commit)?;
        }
    }
    Ok(())
}

fn subject_of(
    connection: &Connection,
    release: u64,
    now: Micros,
) -> Result<Option<Subject>, MetaError> {
    let sql = "SELECT organization, version FROM releases WHERE id = ?";
    row(connection, sql, [release], |row| {
        let organization = OrganizationId(row.get(0)?);
        Ok(Subject { organization, release, version: row.get(1)?, now })
    })
}

/// The commits up to the head that were pushed after the previous one; the head alone when webhooks did
/// not tell of it.
fn range(
    connection: &Connection,
    subject: &Subject,
    ends: &Ends,
) -> Result<Vec<Stored>, MetaError> {
    let repository = ends.repository;
    let bare = NewCommit { hash: ends.hash.clone(), ..NewCommit::default() };
    let previous = match &ends.previous {
        Some(previous) => Some(previous.clone()),
        None => previous_head(connection, subject, repository)?,
    };
    let sql = "SELECT commits.id, commits.committed FROM pushed_commits AS until
               JOIN commits AS last ON last.id = until.\"commit\" AND last.hash = ?2
               LEFT JOIN pushed_commits AS since ON since.repository = ?1
                   AND since.branch = until.branch AND since.\"commit\" =
                   (SELECT id FROM commits WHERE repository = ?1 AND hash = ?3)
               JOIN pushed_commits AS pushed ON pushed.repository = ?1
                   AND pushed.branch = until.branch AND pushed.place <= until.place
                   AND pushed.place > coalesce(since.place, until.place - 1)
               JOIN commits ON commits.id = pushed.\"commit\"
               WHERE until.repository = ?1
               ORDER BY since.place IS NULL, until.branch, pushed.place DESC LIMIT ?4";
    let values = params![repository, ends.hash, previous, limits::RELEASE_COMMITS_MAX];
    let found = rows(connection, sql, values, |row| {
        Ok(Stored { id: row.get(0)?, repository, committed: row.get(1)? })
    })?;
    if !found.is_empty() {
        return Ok(found);
    }
    let id = commit::store(connection, repository, &bare, subject.now)?;
    let sql = "SELECT committed FROM commits WHERE id = ?";
    let committed = row(connection, sql, [id], |row| row.get(0))?.unwrap_or(subject.now.0);
    Ok(vec![Stored { id, repository, committed }])
}

/// Up to where the release before went in that repository.
fn previous_head(
    connection: &Connection,
    subject: &Subject,
    repository: u64,
) -> Result<Option<String>, MetaError> {
    let sql = "SELECT hash FROM release_heads JOIN releases ON releases.id = release
               WHERE repository = ?1 AND release <> ?2
               AND (created, id) < (SELECT created, id FROM releases WHERE id = ?2)
               AND release IN (SELECT release FROM release_projects WHERE project IN
                   (SELECT project FROM release_projects WHERE release = ?2))
               ORDER BY created DESC, id DESC LIMIT 1";
    row(connection, sql, [repository, subject.release], |row| row.get(0))
}
