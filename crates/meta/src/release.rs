//! Releases: versions of the apps that send events.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::{Durability, Meta};
use crate::error::{MetaError, to_json};
use crate::lifecycle;
use crate::page::{Listed, Page, execute, listed, row, rows};
use crate::repository::check_url;

/// Longest version, in bytes. Source: Relay.
const VERSION_BYTES_MAX: usize = 250;

/// Longest name of a branch or tag, in bytes. Source: Sentry.
const REFERENCE_BYTES_MAX: usize = 250;
/// Releases among which the newest one is looked for.
const CANDIDATES_MAX: usize = 100;

/// Whether a release is still of interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReleaseStatus {
    /// It is.
    Open,
    /// It is not: lists leave it out unless they are asked for it.
    Archived,
}

impl ReleaseStatus {
    /// Both with their names in the API.
    pub const ALL: [(Self, &str); 2] = [(Self::Open, "open"), (Self::Archived, "archived")];

    /// The name in the API.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Archived => "archived",
        }
    }

    /// The one of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(status, _)| *status)
    }

    fn number(self) -> u8 {
        u8::from(self == Self::Archived)
    }
}

/// A release, with what it brought to the projects that were asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its version.
    pub version: String,
    /// When it was first heard of.
    pub created: Micros,
    /// When it was released, if anybody said.
    pub released: Option<Micros>,
    /// Whether it is still of interest.
    pub status: ReleaseStatus,
    /// A page about it.
    pub url: Option<String>,
    /// The branch or tag it was made of.
    pub reference: Option<String>,
    /// When work on it began, if anybody said.
    pub started: Option<Micros>,
    /// When its first event happened.
    pub first_seen: Option<Micros>,
    /// When its last event happened.
    pub last_seen: Option<Micros>,
    /// Events of it.
    pub events: u64,
    /// Issues that began with it.
    pub new_issues: u64,
    /// The projects it belongs to.
    pub projects: Vec<ProjectId>,
}

/// What to change of a release; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReleaseChange {
    /// When it was released; the inner `None` takes that away.
    pub released: Option<Option<Micros>>,
    /// When work on it began.
    pub started: Option<Micros>,
    /// Whether it is still of interest.
    pub status: Option<ReleaseStatus>,
    /// A page about it.
    pub url: Option<String>,
    /// The branch or tag it was made of.
    pub reference: Option<String>,
}

/// Which releases to list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseQuery {
    /// Whose.
    pub organization: OrganizationId,
    /// Of which projects; `None` means all, and those that are in none.
    pub projects: Option<Vec<ProjectId>>,
    /// What their version has in it, in any case of letters; may be empty.
    pub contains: String,
    /// Open or archived ones only.
    pub status: Option<ReleaseStatus>,
    /// Seen in, or deployed to, one of these environments; empty means any. An empty name stands for "none
    /// given".
    pub environments: Vec<String>,
    /// Released or made at or after that moment.
    pub since: Option<Micros>,
}

const COLUMNS: &str = "SELECT releases.id, organization, version, created, released,
    min(first_seen), max(last_seen), coalesce(sum(events), 0), coalesce(sum(new_issues), 0),
    group_concat(project), status, url, ref, started
    FROM releases LEFT JOIN release_projects ON release_projects.release = releases.id";

impl Meta {
    /// Makes a release, or finds it, and gives it to these projects; true when it is new.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when the version cannot be one.
    pub fn create_release(
        &self,
        organization: OrganizationId,
        version: &str,
        projects: &[ProjectId],
    ) -> Result<(Release, bool), MetaError> {
        check_version(version)?;
        let now = self.now();
        let new = self.write(|transaction| {
            let (id, new) = find_or_create(transaction, organization, version, now)?;
            for project in projects {
                let sql =
                    "INSERT OR IGNORE INTO release_projects (project, release, events, new_issues)
                           SELECT id, ?2, 0, 0 FROM projects WHERE id = ?1 AND organization = ?3";
                execute(transaction, sql, [project.0, id, organization.0])?;
            }
            Ok(new)
        })?;
        let release = self.release(organization, version)?.ok_or(MetaError::Missing("release"))?;
        Ok((release, new))
    }

    /// The release of that version.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release(
        &self,
        organization: OrganizationId,
        version: &str,
    ) -> Result<Option<Release>, MetaError> {
        let sql = format!("{COLUMNS} WHERE organization = ? AND version = ? GROUP BY releases.id");
        self.read(|connection| row(connection, &sql, params![organization.0, version], read))
    }

    /// Releases of these projects whose version has `contains` in it, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn releases(
        &self,
        projects: &[ProjectId],
        contains: &str,
        page: Page,
    ) -> Result<Listed<Release>, MetaError> {
        let Some(organization) = projects.first().and_then(|first| self.organization_of(*first))
        else {
            return Ok(Listed { rows: Vec::new(), more: false });
        };
        let (projects, contains) = (Some(projects.to_vec()), contains.to_owned());
        let query = ReleaseQuery {
            organization,
            projects,
            contains,
            status: None,
            environments: Vec::new(),
            since: None,
        };
        self.find_releases(&query, page)
    }

    /// The releases of a query, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_releases(
        &self,
        query: &ReleaseQuery,
        page: Page,
    ) -> Result<Listed<Release>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization
             AND (:projects IS NULL OR project IN (SELECT value FROM json_each(:projects)))
             AND instr(lower(version), :contains)
             AND (:status IS NULL OR status = :status)
             AND coalesce(released, created) >= :since
             AND (:environments IS NULL
                  OR EXISTS (SELECT 1 FROM release_environments AS seen
                      WHERE seen.release = releases.id
                      AND (:projects IS NULL OR seen.project = release_projects.project)
                      AND environment IN (SELECT value FROM json_each(:environments)))
                  OR EXISTS (SELECT 1 FROM deploys WHERE deploys.release = releases.id
                      AND environment IN (SELECT value FROM json_each(:environments))))
             GROUP BY releases.id
             ORDER BY coalesce(released, created) DESC, releases.id DESC
             LIMIT :limit OFFSET :offset"
        );
        let ids = query.projects.as_ref().map(|projects| {
            let ids: Vec<u64> = projects.iter().map(|project| project.0).collect();
            to_json("list of ids", &ids)
        });
        let (ids, contains) = (ids.transpose()?, query.contains.to_lowercase());
        let status = query.status.map(ReleaseStatus::number);
        let since = query.since.map_or(0, |since| since.0);
        let environments = (!query.environments.is_empty())
            .then(|| to_json("list of environments", &query.environments))
            .transpose()?;
        let parameters: [(&str, &dyn ToSql); 6] = [
            (":environments", &environments),
            (":organization", &query.organization.0),
            (":projects", &ids),
            (":contains", &contains),
            (":status", &status),
            (":since", &since),
        ];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The newest release of a project.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn newest_release(&self, project: ProjectId) -> Result<Option<String>, MetaError> {
        self.read(|connection| newest(connection, project))
    }

    /// When a project was first seen running a release; `None` when it never was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_first_seen(
        &self,
        project: ProjectId,
        version: &str,
    ) -> Result<Option<Micros>, MetaError> {
        let sql = "SELECT first_seen FROM release_projects JOIN releases ON releases.id = release
                   WHERE project = ? AND version = ?
                   AND organization = (SELECT organization FROM projects WHERE id = project)";
        let seen: Option<Option<u64>> = self.read(|connection| {
            row(connection, sql, params![project.0, version], |row| row.get(0))
        })?;
        Ok(seen.flatten().map(Micros))
    }

    /// Changes a release.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such release; [`MetaError::Invalid`] when a text cannot be
    /// what it is to be.
    pub fn change_release(
        &self,
        organization: OrganizationId,
        version: &str,
        change: &ReleaseChange,
    ) -> Result<(), MetaError> {
        if let Some(url) = &change.url {
            check_url("url", url)?;
        }
        if change.reference.as_ref().is_some_and(|name| name.len() > REFERENCE_BYTES_MAX) {
            return Err(MetaError::invalid("ref", "must have at most 250 characters"));
        }
        self.write(|transaction| {
            let sql = "UPDATE releases SET released = iif(?3, ?4, released),
                       started = coalesce(?5, started), status = coalesce(?6, status),
                       url = coalesce(?7, url), ref = coalesce(?8, ref)
                       WHERE organization = ?1 AND version = ?2";
            let values = params![
                organization.0,
                version,
                change.released.is_some(),
                change.released.flatten().map(|at| at.0),
                change.started.map(|at| at.0),
                change.status.map(ReleaseStatus::number),
                change.url,
                change.reference
            ];
            match execute(transaction, sql, values)? {
                0 => Err(MetaError::Missing("release")),
                _ => Ok(()),
            }
        })
    }

    /// Forgets a release that nothing has happened in.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such release; [`MetaError::Refused`] when events or issues
    /// belong to it.
    pub fn delete_release(
        &self,
        organization: OrganizationId,
        version: &str,
    ) -> Result<(), MetaError> {
        self.write_cached(Durability::Full, |transaction, caches| {
            let id = id_of(transaction, organization, version)?;
            let id = id.ok_or(MetaError::Missing("release"))?;
            let used = "SELECT EXISTS (SELECT 1 FROM release_projects
                            WHERE release = ?1 AND (events > 0 OR first_seen IS NOT NULL))
                        OR EXISTS (SELECT 1 FROM release_projects JOIN issues USING (project)
                            WHERE release = ?1 AND (first_release = ?1 OR last_release = ?1))";
            if row(transaction, used, [id], |row| row.get(0))?.unwrap_or(false) {
                return Err(MetaError::Refused(
                    "This release is referenced by active issues and cannot be removed.",
                ));
            }
            caches.clear();
            execute(transaction, "DELETE FROM releases WHERE id = ?", [id]).map(drop)
        })
    }
}

/// The newest release of a project. What was released last decides; but a fix of an old version that was
/// released after a newer version of the same package is not newer than that.
pub(crate) fn newest(
    connection: &Connection,
    project: ProjectId,
) -> Result<Option<String>, MetaError> {
    let sql = "SELECT version FROM release_projects JOIN releases ON releases.id = release
               WHERE project = ? ORDER BY coalesce(released, created) DESC, release DESC LIMIT ?";
    let found: Vec<String> =
        rows(connection, sql, params![project.0, CANDIDATES_MAX], |row| row.get(0))?;
    Ok(found.into_iter().reduce(|newest, other| {
        match lifecycle::compare_releases(&other, &newest) {
            Some(std::cmp::Ordering::Greater) => other,
            _ => newest,
        }
    }))
}

pub(crate) fn id_of(
    connection: &Connection,
    organization: OrganizationId,
    version: &str,
) -> Result<Option<u64>, MetaError> {
    let sql = "SELECT id FROM releases WHERE organization = ? AND version = ?";
    row(connection, sql, params![organization.0, version], |row| row.get(0))
}

/// Its id, and whether it is new.
pub(crate) fn find_or_create(
    connection: &Connection,
    organization: OrganizationId,
    version: &str,
    now: Micros,
) -> Result<(u64, bool), MetaError> {
    if let Some(id) = id_of(connection, organization, version)? {
        return Ok((id, false));
    }
    let sql = "INSERT INTO releases (organization, version, created) VALUES (?, ?, ?)";
    execute(connection, sql, params![organization.0, version, now.0])?;
    Ok((connection.last_insert_rowid().unsigned_abs(), true))
}

/// Source: Relay's rules for release names.
fn check_version(version: &str) -> Result<(), MetaError> {
    let odd = |character: char| matches!(character, '\n' | '\r' | '\t' | '\x0c' | '/' | '\\');
    if version.trim().is_empty()
        || version.len() > VERSION_BYTES_MAX
        || version.contains(odd)
        || matches!(version, "." | "..")
        || version.eq_ignore_ascii_case("latest")
    {
        return Err(MetaError::invalid("version", "is not the name of a release"));
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Release, rusqlite::Error> {
    let micros = |at: Option<u64>| at.map(Micros);
    let projects: Option<String> = row.get(9)?;
    let projects = projects.unwrap_or_default();
    Ok(Release {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        version: row.get(2)?,
        created: Micros(row.get(3)?),
        released: micros(row.get(4)?),
        first_seen: micros(row.get(5)?),
        last_seen: micros(row.get(6)?),
        events: row.get(7)?,
        new_issues: row.get(8)?,
        status: if row.get(10)? { ReleaseStatus::Archived } else { ReleaseStatus::Open },
        url: row.get(11)?,
        reference: row.get(12)?,
        started: micros(row.get(13)?),
        projects: projects.split(',').filter_map(|id| id.parse().ok()).map(ProjectId).collect(),
    })
}
