//! Teams: who looks after which project.

use model::clock::Micros;
use model::id::{OrganizationId, ProjectId, UserId};
use rusqlite::{Connection, Row, params};

use crate::database::Meta;
use crate::error::{MetaError, unique};
use crate::page::{Listed, Page, execute, execute_one, listed, row, rows};
use crate::slug::{check_name, check_slug};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub organization: OrganizationId,
    /// Its name in URLs.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// When it was created.
    pub created: Micros,
    /// How many people are in it.
    pub members: u64,
}

const COLUMNS: &str = "SELECT id, organization, slug, name, created,
    (SELECT count(*) FROM team_members WHERE team = teams.id) FROM teams";

impl Meta {
    /// Creates a team.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the slug is.
    pub fn create_team(
        &self,
        organization: OrganizationId,
        slug: &str,
        name: &str,
    ) -> Result<Team, MetaError> {
        let now = self.now();
        self.write(|transaction| create(transaction, organization, slug, name, now))
    }

    /// The team of that id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn team(&self, id: u64) -> Result<Option<Team>, MetaError> {
        self.read(|connection| row(connection, &format!("{COLUMNS} WHERE id = ?"), [id], read))
    }

    /// The team of that slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn team_by_slug(
        &self,
        organization: OrganizationId,
        slug: &str,
    ) -> Result<Option<Team>, MetaError> {
        let sql = format!("{COLUMNS} WHERE organization = ? AND slug = ?");
        self.read(|connection| row(connection, &sql, params![organization.0, slug], read))
    }

    /// The teams of an organisation by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn teams(
        &self,
        organization: OrganizationId,
        page: Page,
    ) -> Result<Listed<Team>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = :organization ORDER BY slug LIMIT :limit OFFSET :offset"
        );
        let parameters: [(&str, &dyn rusqlite::ToSql); 1] = [(":organization", &organization.0)];
        self.read(|connection| listed(connection, &sql, page, &parameters, read))
    }

    /// The teams a person is in.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn teams_of_user(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Vec<Team>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE organization = ?
             AND id IN (SELECT team FROM team_members WHERE user = ?) ORDER BY slug LIMIT 1000"
        );
        self.read(|connection| rows(connection, &sql, [organization.0, user.0], read))
    }

    /// The teams that look after a project.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn teams_of_project(&self, project: ProjectId) -> Result<Vec<Team>, MetaError> {
        let sql = format!(
            "{COLUMNS} WHERE id IN (SELECT team FROM team_projects WHERE project = ?)
             ORDER BY slug LIMIT 1000"
        );
        self.read(|connection| rows(connection, &sql, [project.0], read))
    }

    /// The people of a team.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn team_members(&self, team: u64) -> Result<Vec<UserId>, MetaError> {
        let sql = "SELECT user FROM team_members WHERE team = ? ORDER BY user LIMIT 1000";
        self.read(|connection| rows(connection, sql, [team], |row| Ok(UserId(row.get(0)?))))
    }

    /// Gives a team another slug or name.
    ///
    /// # Errors
    /// [`MetaError::Taken`] when the slug is.
    pub fn rename_team(&self, id: u64, slug: &str, name: &str) -> Result<(), MetaError> {
        check_slug(slug)?;
        check_name("name", name)?;
        self.write(|transaction| {
            let sql = "UPDATE teams SET slug = ?, name = ? WHERE id = ?";
            match unique("team", slug, transaction.execute(sql, params![slug, name, id]))? {
                0 => Err(MetaError::Missing("team")),
                _ => Ok(()),
            }
        })
    }

    /// Deletes a team; its issues become unassigned.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such team.
    pub fn delete_team(&self, id: u64) -> Result<(), MetaError> {
        self.write(|transaction| {
            execute_one(transaction, "team", "DELETE FROM teams WHERE id = ?", [id])
        })
    }

    /// Puts a person into a team or takes them out.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_team_member(&self, team: u64, user: UserId, inside: bool) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = if inside {
                "INSERT OR IGNORE INTO team_members (team, user) VALUES (?, ?)"
            } else {
                "DELETE FROM team_members WHERE team = ? AND user = ?"
            };
            execute(transaction, sql, [team, user.0]).map(drop)
        })
    }

    /// Gives a project to a team or takes it away.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_team_project(
        &self,
        team: u64,
        project: ProjectId,
        inside: bool,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            if inside {
                return add_project(transaction, team, project);
            }
            let sql = "DELETE FROM team_projects WHERE team = ? AND project = ?";
            execute(transaction, sql, [team, project.0]).map(drop)
        })
    }
}

pub(crate) fn create(
    connection: &Connection,
    organization: OrganizationId,
    slug: &str,
    name: &str,
    now: Micros,
) -> Result<Team, MetaError> {
    check_slug(slug)?;
    check_name("name", name)?;
    let written = connection.execute(
        "INSERT INTO teams (organization, slug, name, created) VALUES (?, ?, ?, ?)",
        params![organization.0, slug, name, now.0],
    );
    unique("team", slug, written)?;
    let id = connection.last_insert_rowid().unsigned_abs();
    let (slug, name) = (slug.to_owned(), name.to_owned());
    Ok(Team { id, organization, slug, name, created: now, members: 0 })
}

pub(crate) fn add_project(
    connection: &Connection,
    team: u64,
    project: ProjectId,
) -> Result<(), MetaError> {
    let sql = "INSERT OR IGNORE INTO team_projects (team, project) VALUES (?, ?)";
    execute(connection, sql, [team, project.0]).map(drop)
}

/// The team every organisation has from the start; the oldest one, should that be gone.
pub(crate) fn default_team(
    connection: &Connection,
    organization: OrganizationId,
) -> Result<Option<u64>, MetaError> {
    let sql = "SELECT min(id) FROM teams WHERE organization = ?";
    Ok(row(connection, sql, [organization.0], |row| row.get(0))?.flatten())
}

fn read(row: &Row<'_>) -> Result<Team, rusqlite::Error> {
    Ok(Team {
        id: row.get(0)?,
        organization: OrganizationId(row.get(1)?),
        slug: row.get(2)?,
        name: row.get(3)?,
        created: Micros(row.get(4)?),
        members: row.get(5)?,
    })
}
