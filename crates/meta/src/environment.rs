//! Environments: production, staging, …

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::{ToSql, params};

use crate::database::Meta;
use crate::error::{MetaError, to_json};
use crate::page::{Listed, Page, execute_one, listed};

/// An environment of some projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name; empty for events that gave none.
    pub name: String,
    /// When it was first seen.
    pub first_seen: Micros,
    /// When it was last seen, to the hour.
    pub last_seen: Micros,
    /// True when no list should offer it.
    pub hidden: bool,
}

impl Meta {
    /// The environments of these projects by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn environments(
        &self,
        projects: &[ProjectId],
        page: Page,
    ) -> Result<Listed<Environment>, MetaError> {
        let sql = "SELECT name, min(first_seen), max(last_seen), min(hidden) FROM environments
                   WHERE project IN (SELECT value FROM json_each(:projects))
                   GROUP BY name ORDER BY name LIMIT :limit OFFSET :offset";
        let ids: Vec<u64> = projects.iter().map(|project| project.0).collect();
        let ids = to_json("list of ids", &ids)?;
        let parameters: [(&str, &dyn ToSql); 1] = [(":projects", &ids)];
        self.read(|connection| {
            listed(connection, sql, page, &parameters, |row| {
                Ok(Environment {
                    name: row.get(0)?,
                    first_seen: Micros(row.get(1)?),
                    last_seen: Micros(row.get(2)?),
                    hidden: row.get(3)?,
                })
            })
        })
    }

    /// Hides an environment of a project, or shows it again.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such environment.
    pub fn hide_environment(
        &self,
        project: ProjectId,
        name: &str,
        hidden: bool,
    ) -> Result<(), MetaError> {
        self.write(|transaction| {
            let sql = "UPDATE environments SET hidden = ? WHERE project = ? AND name = ?";
            execute_one(transaction, "environment", sql, params![hidden, project.0, name])
        })
    }
}
