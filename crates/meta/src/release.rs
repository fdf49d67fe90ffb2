//! Releases: versions of the apps that send events.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, ToSql, params};

use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::page::{Listed, Page, execute, execute_one, listed, row};

/// Longest version, in bytes. Source: Relay.
const VERSION_BYTES_MAX: usize = 250;

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

const COLUMNS: &str = "SELECT releases.id, organization, version, created, released,
    min(first_seen), max(last_seen), coalesce(sum(events), 0), coalesce(sum(new_issues), 0),
    group_concat(project)
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
        let sql = format!(
            "{COLUMNS} WHERE project IN (SELECT value FROM json_each(:projects))
             AND instr(lower(version), :contains)
             GROUP BY releases.id
             ORDER BY coalesce(released, created) DESC, releases.id DESC
             LIMIT :limit OFFSET :offset"
        );
        let ids: Vec<u64> = projects.iter().map(|project| project.0).collect();
        let (ids, contains) = (to_json("list of ids", &ids)?, contains.to_lowercase());
        let parameters: [(&str, &dyn ToSql); 2] = [(":projects", &ids), (":contains", &contains)];
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

    /// Says when a release was released.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such release.
    pub fn set_released(
        &self,
        organization: OrganizationId,
        version: &str,
        released: Option<Micros>,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "UPDATE releases SET released = ? WHERE organization = ? AND version = ?";
            let values = params![released.map(|at| at.0), organization.0, version];
            execute_one(transaction, "release", sql, values)
        })
    }
}

pub(crate) fn newest(
    connection: &Connection,
    project: ProjectId,
) -> Result<Option<String>, MetaError> {
    let sql = "SELECT version FROM release_projects JOIN releases ON releases.id = release
               WHERE project = ? ORDER BY coalesce(released, created) DESC, release DESC LIMIT 1";
    row(connection, sql, [project.0], |row| row.get(0))
}

/// Its id, and whether it is new.
pub(crate) fn find_or_create(
    connection: &Connection,
    organization: OrganizationId,
    version: &str,
    now: Micros,
) -> Result<(u64, bool), MetaError> {
    let sql = "SELECT id FROM releases WHERE organization = ? AND version = ?";
    if let Some(id) = row(connection, sql, params![organization.0, version], |row| row.get(0))? {
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
        projects: projects.split(',').filter_map(|id| id.parse().ok()).map(ProjectId).collect(),
    })
}
