//! Projects: the apps that send events.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId};
use rusqlite::{Connection, Row, params};

use crate::database::Meta;
use crate::error::{MetaError, to_json, unique};
use crate::page::{Listed, Page, execute, execute_one, listed, row};
use crate::settings::{self, ProjectSettings};
use crate::slug::{check_name, check_slug};
use crate::{issue_merge, key, team};

/// Colours the UI has for projects.
const COLORS: u64 = 12;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id; the number at the end of its DSN.
    pub id: ProjectId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// `python`, `javascript-react`, …; empty when not said.
    pub platform: String,
    /// Which of the UI's project colours, `0..12`.
    pub color: u64,
    /// When it was created.
    pub created: Micros,
    /// When its first event arrived.
    pub first_event: Option<Micros>,
}

/// What a new project is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewProject {
    /// Its id, when it must be a certain one.
    pub id: Option<ProjectId>,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// `python`, `javascript-react`, …; empty when not said.
    pub platform: String,
    /// The team that looks after it; the organisation's default team when `None`.
    pub team: Option<u64>,
    /// Its first key's public part, when it must be a certain one.
    pub public_key: Option<String>,
}

/// What to change of a project; `None` leaves it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectChange {
    /// Its name in URLs.
    pub slug: Option<String>,
    /// Its name for people.
    pub name: Option<String>,
    /// Its platform.
    pub platform: Option<String>,
}

const COLUMNS: &str =
    "SELECT id, organization, slug, name, platform, color, created, first_event FROM projects";

impl Meta {
    /// Creates a project with one key.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when its id, slug or key is; [`MetaError::Missing`] when the
    /// organisation or team does not exist.
    pub fn create_project(
        &self,
        organization: OrganizationId,
        new: &NewProject,
    ) -> Result<Project, MetaError> {
        let now = self.now();
        self.write_directory(|transaction| create(transaction, organization, new, now))
    }

    /// The project of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn project(&self, id: ProjectId) -> Result<Option<Project>, MetaError> {
        self.read(|connection| row(connection, &format!("{COLUMNS} WHERE id = ?"), [id.0], read))
    }

    /// The project of that slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn project_by_slug(
        &self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Option<Project>, MetaError> {
        self.read(|connection| by_slug(connection, organization, slug))
    }

    /// The projects of an organisation by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn projects(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Listed<Project>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization ORDER BY slug LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn rusqlite::ToSql); 1] = [(":organization", &organization.0)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// Changes slug, name or platform.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the slug is.
    pub fn change_project(&self, id: ProjectId, change: &ProjectChange) -> Result<(), MetaError> {
        if let Some(slug) = &change.slug {
            check_slug(slug)?;
        }
        if let Some(name) = &change.name {
            check_name("name", name)?;
        }
        if let Some(platform) = &change.platform {
            check_platform(platform)?;
        }
        self.write(|transaction| {
            let written = transaction.execute(
                "UPDATE projects SET slug = coalesce(?, slug), name = coalesce(?, name),
                 platform = coalesce(?, platform) WHERE id = ?",
                params![change.slug, change.name, change.platform, id.0],
            );
            match unique("project", change.slug.as_deref().unwrap_or_default(), written)? {
                0 => Err(MetaError::Missing("project")),
                _ => Ok(()),
            }
        })
    }

    /// Replaces the settings of a project; their revision grows by itself.
    ///
    /// # Errors
    /// [`MetaError::Invalid`] when they break a rule.
    pub fn set_project_settings(
        &self,
        id: ProjectId,
        settings: &ProjectSettings,
    ) -> Result<(), MetaError> {
        settings::check(settings)?;
        let json = to_json("project's settings", settings)?;
        settings::check_size(&json)?;
        self.write_directory(|transaction| {
            let sql = "UPDATE projects SET settings = ?, revision = revision + 1 WHERE id = ?";
            execute_one(transaction, "project", sql, params![json, id.0])
        })
    }

    /// Deletes a project with everything the database has of it.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such project.
    pub fn delete_project(&self, id: ProjectId) -> Result<(), MetaError> {
        let now = self.now();
        self.write_directory(|transaction| {
            issue_merge::delete_all_of_project(transaction, id, now)?;
            for table in ["hashes", "attachments", "user_reports", "profiles", "routes", "outcomes"]
            {
                transaction.execute(&format!("DELETE FROM {table} WHERE project = ?"), [id.0])?;
            }
            execute_one(transaction, "project", "DELETE FROM projects WHERE id = ?", [id.0])
        })
    }
}

pub(crate) fn create(
    connection: &Connection,
    organization: OrganizationId,
    new: &NewProject,
    now: Micros,
) -> Result<Project, MetaError> {
    check_slug(&new.slug)?;
    check_name("name", &new.name)?;
    check_platform(&new.platform)?;
    if let Some(id) = new.id {
        check_free_id(connection, id)?;
    }
    let settings = to_json("project's settings", &ProjectSettings::default())?;
    let written = connection.execute(
        "INSERT INTO projects (id, organization, slug, name, platform, color, created, issue_counter,
         settings, revision)
         VALUES (?, ?, ?, ?, ?, (SELECT count(*) FROM projects) % ?, ?, 0, ?, 1)",
        params![
            new.id.map(|id| id.0),
            organization.0,
            new.slug,
            new.name,
            new.platform,
            COLORS,
            now.0,
            settings
        ],
    );
    unique("project", &new.slug, written)?;
    let id = ProjectId(connection.last_insert_rowid().unsigned_abs());
    key::create(connection, id, "Default", new.public_key.as_deref(), now)?;
    let team = match new.team {
        Some(team) => Some(team),
        None => team::default_team(connection, organization)?,
    };
    if let Some(team) = team {
        team::add_project(connection, team, id)?;
    }
    row(connection, &format!("{COLUMNS} WHERE id = ?"), [id.0], read)?
        .ok_or(MetaError::Missing("project"))
}

pub(crate) fn by_slug(
    connection: &Connection,
    organization: OrganizationId,
    slug: &str,
) -> Result<Option<Project>, MetaError> {
    let sql = format!("{COLUMNS} WHERE organization = ? AND slug = ?");
    row(connection, &sql, params![organization.0, slug], read)
}

pub(crate) fn set_platform(
    connection: &Connection,
    id: ProjectId,
    name: &str,
    platform: &str,
) -> Result<usize, MetaError> {
    check_name("name", name)?;
    check_platform(platform)?;
    let sql = "UPDATE projects SET name = ?1, platform = ?2
               WHERE id = ?3 AND (name <> ?1 OR platform <> ?2)";
    execute(connection, sql, params![name, platform, id.0])
}

fn check_free_id(connection: &Connection, id: ProjectId) -> Result<(), MetaError> {
    if id.0 == 0 || id.0 > 1 << 53 {
        return Err(MetaError::invalid("id", "must be between 1 and 2^53"));
    }
    let taken = row(connection, "SELECT 1 FROM projects WHERE id = ?", [id.0], |_| Ok(()))?;
    match taken {
        Some(()) => Err(MetaError::Taken { what: "project", name: id.to_string() }),
        None => Ok(()),
    }
}

fn check_platform(platform: &str) -> Result<(), MetaError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if platform.len() > 64 || !platform.bytes().all(allowed) {
        return Err(MetaError::invalid("platform", "is not the name of a platform"));
    }
    Ok(())
}

fn read(row: &Row<'_>) -> Result<Project, rusqlite::Error> {
    Ok(Project {
        id: ProjectId(row.get(0)?),
        organization: OrganizationId(row.get(1)?),
        slug: row.get(2)?,
        name: row.get(3)?,
        platform: row.get(4)?,
        color: row.get(5)?,
        created: Micros(row.get(6)?),
        first_event: row.get::<_, Option<u64>>(7)?.map(Micros),
    })
}
