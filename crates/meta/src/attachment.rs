//! Files that came with events. Their bytes lie in the blob store.

use model::clock::Micros;
use model::id::{EventId, ProjectId};
use rusqlite::{Row, params};

use crate::database::Meta;
use crate::error::MetaError;
use crate::page::{row, rows};

/// A file that came with an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: u64,
    /// Whose it is.
    pub project: ProjectId,
    /// The event it belongs to.
    pub event_id: EventId,
    /// Its file name as the client gave it; never a path of ours.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// `event.attachment`, `event.minidump`, …
    pub kind: String,
    /// Its bytes.
    pub size: u64,
    /// SHA-256 of its content: its name in the blob store.
    pub blob: [u8; 32],
    /// When it arrived.
    pub created: Micros,
}

const COLUMNS: &str =
    "SELECT id, project, event, name, content_type, kind, size, blob, created FROM attachments";

impl Meta {
    /// The files of an event, at most 1,000.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn attachments(
        &self,
        project: ProjectId,
        event: EventId,
    ) -> Result<Vec<Attachment>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND event = ? ORDER BY id LIMIT 1000");
        self.read(|connection| rows(connection, &sql, params![project.0, event.0], read))
    }

    /// One file of a project.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn attachment(&self, project: ProjectId, id: u64) -> Result<Option<Attachment>, MetaError> {
        let sql = format!("{COLUMNS} WHERE project = ? AND id = ?");
        self.read(|connection| row(connection, &sql, [project.0, id], read))
    }

    /// Forgets a file. Answers the name of its blob when no other file has the same content.
    ///
    /// # Errors
    /// [`MetaError::Missing`] when there is no such file.
    pub fn delete_attachment(
        &self,
        project: ProjectId,
        id: u64,
    ) -> Result<Option<[u8; 32]>, MetaError> {
        self.write(|transaction| {
            let sql = "DELETE FROM attachments WHERE project = ? AND id = ? RETURNING blob";
            let blob: [u8; 32] = row(transaction, sql, [project.0, id], |row| row.get(0))?
                .ok_or(MetaError::Missing("attachment"))?;
            let sql = "SELECT 1 FROM attachments WHERE blob = ? LIMIT 1";
            let used = row(transaction, sql, [blob], |_| Ok(()))?;
            Ok(used.is_none().then_some(blob))
        })
    }
}

fn read(row: &Row<'_>) -> Result<Attachment, rusqlite::Error> {
    Ok(Attachment {
        id: row.get(0)?,
        project: ProjectId(row.get(1)?),
        event_id: EventId(row.get(2)?),
        name: row.get(3)?,
        content_type: row.get(4)?,
        kind: row.get(5)?,
        size: row.get(6)?,
        blob: row.get(7)?,
        created: Micros(row.get(8)?),
    })
}
