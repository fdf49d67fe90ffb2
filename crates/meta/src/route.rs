//! Which parts of addresses vary, as the pipeline of traces has learned it.

use model::clock::Micros;
use model::id::ProjectId;
use rusqlite::{Connection, params};

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{execute, rows};

impl Meta {
    /// The patterns of all projects, as they were learned.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn routes(&self) -> Result<Vec<(ProjectId, String)>, MetaError> {
        let sql = "SELECT project, pattern FROM routes";
        self.read(|connection| {
            rows(connection, sql, [], |row| Ok((ProjectId(row.get(0)?), row.get(1)?)))
        })
    }
}

pub(crate) fn insert(
    connection: &Connection,
    routes: &[(ProjectId, String)],
    now: Micros,
) -> Result<(), MetaError> {
    let sql = "INSERT OR IGNORE INTO routes (project, pattern, learned) VALUES (?, ?, ?)";
    for (project, pattern) in routes {
        execute(connection, sql, params![project.0, pattern, now.0])?;
    }
    Ok(())
}
